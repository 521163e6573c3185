"""The ssh(1) command line that logs in to a host of a lab."""

from drill.lab.facts import HostFacts


def ssh_argv(host: HostFacts) -> list[str]:
    """Return it; nothing of this user's own SSH configuration is heard."""
    options = {
        "UserKnownHostsFile": host.known_hosts,
        "StrictHostKeyChecking": "yes",
        "IdentitiesOnly": "yes",
        "LogLevel": "ERROR",
        "ConnectTimeout": "5",
    }
    settings = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
    there = [f"{host.user}@{host.management}"]
    return ["ssh", "-F", "/dev/null", "-i", str(host.key), "-p", str(host.port), *settings, *there]
