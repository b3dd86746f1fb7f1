# It may reach what MAY names and nothing else: it has no shell, no password and no folder of its own, and only root writes the file of its
# key. A key's own options can't forbid sockets that are files, so sshd's configuration does. A sshd that does not read that finds no key.
#
# OF: the stack, as people read it. MAY: addresses with ports. Its public key is on standard input.
key=$(cat)
case $key in "ssh-ed25519 "*) ;; *) echo "there is no public key for $ACCOUNT" >&2; exit 1 ;; esac

[ "$(account_state)" != changed ] || end_account
if ! id "$ACCOUNT" > /dev/null 2>&1; then
  useradd --system --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin --password '*' --comment "watches $OF" "$ACCOUNT"
fi
mkdir -p "$account_folder"
options=restrict,port-forwarding
for address in $MAY; do options="$options,permitopen=\"$address\""; done
printf '%s %s\n' "$options" "$key" > "$account_folder/authorized_keys.part"
mv "$account_folder/authorized_keys.part" "$account_folder/authorized_keys"

wanted="# By whom $OF is watched. Slipway makes this file and removes it.
Match User $ACCOUNT
  AuthorizedKeysFile $account_folder/authorized_keys
  AuthorizedKeysCommand none
  AuthenticationMethods publickey
  MaxSessions 0
  AllowTcpForwarding local
  AllowStreamLocalForwarding no
  AllowAgentForwarding no
  X11Forwarding no
  PermitTunnel no
  PermitTTY no"
if [ "$(cat "$account_conf" 2> /dev/null)" != "$wanted" ]; then
  mkdir -p "${account_conf%/*}"
  printf '%s\n' "$wanted" > "$account_conf"
  if ! /usr/sbin/sshd -t; then end_account; exit 1; fi
  reload_sshd
fi
if ! /usr/sbin/sshd -T -C "user=$ACCOUNT,host=localhost,addr=127.0.0.1" | grep -qx 'maxsessions 0'; then
  end_account
  echo "sshd of this host does not read /etc/ssh/sshd_config.d. Fix: begin /etc/ssh/sshd_config with Include /etc/ssh/sshd_config.d/*.conf" >&2
  exit 1
fi
account_now > "$account_folder/as-made"
echo "account: $ACCOUNT may ask $MAY"
