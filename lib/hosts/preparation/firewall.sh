# What can be reached from outside: SSH, and the ports at which the proxies of Slipway's stacks listen. PORTS: this stack's.
# The host forwards for containers only, outwards, and not to a cloud's metadata service.
# A table of its own, so that Docker's rules and anybody else's stay as they are. A firewall that runs already is left alone.

for other in ufw firewalld; do
  if systemctl is-active --quiet "$other"; then
    echo "firewall: $other runs here and is left alone; it has to let in SSH and $PORTS"
    exit 0
  fi
done
if ! command -v nft > /dev/null; then
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -q > /dev/null
  apt-get install -qy --no-install-recommends -o DPkg::Lock::Timeout=300 nftables > /dev/null
fi
folder=/etc/slipway
mkdir -p "$folder/ports"
for port in $PORTS; do : > "$folder/ports/$port"; done
ports=$(ls "$folder/ports" | paste -sd, -)
# The port that this connection came in by: whatever is in between, it is the one that has to stay open.
ssh=$(ss -Htlnp 'sport > 0' | awk '/"sshd"/ { sub(/.*:/, "", $4); print $4 }' | sort -un | paste -sd, -)
cat > "$folder/firewall.nft.part" << RULES
table inet slipway
delete table inet slipway
table inet slipway {
  chain input {
    type filter hook input priority filter; policy drop;
    ct state established,related accept
    ct state invalid drop
    iif lo accept
    meta l4proto { icmp, ipv6-icmp } accept
    udp dport 546 accept comment "DHCPv6"
    tcp dport { $ssh, $ports } accept
  }
  chain forward {
    type filter hook forward priority filter - 1; policy drop;
    ip daddr 169.254.0.0/16 drop comment "a cloud's keys, which its metadata service gives to whoever asks"
    ip6 daddr fd00:ec2::254 drop
    ct state established,related accept
    iifname { "docker0", "br-*" } accept
  }
  chain output {
    type filter hook output priority filter; policy accept;
    meta skuid 7008 ip daddr 169.254.0.0/16 drop comment "the same for workers of the proxy, which have the host's network"
    meta skuid 7008 ip6 daddr fd00:ec2::254 drop
  }
}
RULES
nft --check --file "$folder/firewall.nft.part"
# As nft itself shows it: somebody may have changed the table, and not the file.
listed() { nft list table inet slipway 2> /dev/null || true; }
if ! cmp -s "$folder/firewall.nft.part" "$folder/firewall.nft" || [ ! -s "$folder/firewall.listed" ] || [ "$(listed)" != "$(cat "$folder/firewall.listed")" ]; then
  nft --file "$folder/firewall.nft.part"
  listed > "$folder/firewall.listed"
  echo "firewall: open are SSH ($ssh) and $ports"
fi
mv "$folder/firewall.nft.part" "$folder/firewall.nft"
grep -qs "$folder/firewall.nft" /etc/nftables.conf || printf 'include "%s/firewall.nft"\n' "$folder" >> /etc/nftables.conf
systemctl enable --quiet nftables
