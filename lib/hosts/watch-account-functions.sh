# The user by whom a stack's first host asks this one for its figures, over SSH. ACCOUNT: its name.
account_folder=/etc/slipway/watch/$ACCOUNT
account_conf=/etc/ssh/sshd_config.d/$ACCOUNT.conf

account_now() { # what it may, in lines that change with it; anybody can read that
  id "$ACCOUNT"
  getent passwd "$ACCOUNT"
  sha256sum "$account_folder/authorized_keys" "$account_conf"
}

account_state() { # there, changed or gone
  if ! id "$ACCOUNT" > /dev/null 2>&1; then
    echo gone
  elif [ "$(account_now 2> /dev/null)" = "$(cat "$account_folder/as-made" 2> /dev/null)" ]; then
    echo there
  else
    echo changed
  fi
}

reload_sshd() {
  systemctl reload ssh 2> /dev/null || systemctl reload sshd
}

end_account() {
  for process in /proc/[0-9]*; do
    [ "$(stat -c %U "$process" 2> /dev/null)" != "$ACCOUNT" ] || kill -KILL "${process#/proc/}" 2> /dev/null || true
  done
  rm -rf "$account_folder"
  rmdir "${account_folder%/*}" 2> /dev/null || true # another stack's user has its key there
  if [ -e "$account_conf" ]; then rm "$account_conf"; reload_sshd; fi
  if id "$ACCOUNT" > /dev/null 2>&1; then userdel --force "$ACCOUNT"; fi
}
