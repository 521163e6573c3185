# Runs once, as root inside of a new image. What it takes away either cannot work
# without real hardware or costs boot time; what it adds is how the lab gets in.
set -e
export PATH=/usr/sbin:/usr/bin:/sbin:/bin

# Services start when provisioning says so, not because their package is there.
for unit in postgresql haproxy nginx dnsmasq cron e2scrub_reap \
    redis-server redis-sentinel rabbitmq-server epmd keepalived slapd mariadb; do
    systemctl disable "$unit.service" >/dev/null 2>&1 || true
done

# systemd-user-sessions must stay: without it /run/nologin refuses every login.
for unit in \
    systemd-logind.service getty@tty1.service console-getty.service \
    systemd-modules-load.service modprobe@.service systemd-udevd.service \
    systemd-sysctl.service systemd-pstore.service systemd-random-seed.service \
    systemd-update-utmp.service systemd-update-utmp-runlevel.service \
    systemd-journal-flush.service systemd-journald-audit.socket \
    systemd-networkd.service systemd-networkd.socket systemd-resolved.service systemd-timesyncd.service \
    sys-kernel-debug.mount sys-kernel-tracing.mount sys-kernel-config.mount \
    sys-fs-fuse-connections.mount dev-hugepages.mount dev-mqueue.mount \
    proc-sys-fs-binfmt_misc.automount \
    apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer fstrim.timer \
    e2scrub_all.timer logrotate.timer man-db.timer motd-news.timer; do
    ln -sf /dev/null "/etc/systemd/system/$unit"
done
pam-auth-update --package --remove systemd >/dev/null 2>&1 || true

mkdir -p /etc/systemd/journald.conf.d /etc/systemd/system.conf.d /etc/ssh/sshd_config.d
cat >/etc/systemd/journald.conf.d/lab.conf <<'END'
[Journal]
Storage=volatile
RuntimeMaxUse=8M
ReadKMsg=no
Audit=no
END
cat >/etc/systemd/system.conf.d/lab.conf <<'END'
[Manager]
DefaultTimeoutStopSec=10s
END
cat >/etc/ssh/sshd_config.d/lab.conf <<'END'
HostKey /etc/ssh/ssh_host_ed25519_key
PasswordAuthentication no
PermitRootLogin prohibit-password
UseDNS no
GSSAPIAuthentication no
MaxStartups 100:30:300
MaxSessions 50
END
# Ubuntu starts sshd by socket; a server that is there from the start greets sooner.
systemctl disable ssh.socket >/dev/null 2>&1 || true
systemctl enable ssh.service >/dev/null 2>&1

rm -f /etc/ssh/ssh_host_* /var/lib/dbus/machine-id /etc/apt/apt.conf.d/99mmdebstrap
: >/etc/machine-id
rm -rf /var/log/journal /var/cache/apt/* /var/lib/apt/lists/*
