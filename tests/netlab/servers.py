# SPDX-License-Identifier: GPL-3.0-or-later
"""The servers of the laboratory: mosquitto as broker, coturn for STUN and TURN. They run on until they are stopped."""
import socket
import subprocess

from nodes import Daemon, RUN

BROKER_ADDRESSES = (('203.0.113.1', 1883), ('203.0.113.1', 443), ('2001:db8:f::1', 1883))
TURN_ADDRESSES = (('203.0.113.1', 3478), ('203.0.113.3', 443))
LENT_PORTS = (49160, 49400)
USER, PASSWORD, REALM = 'lab', 'lab', 'lab'


class Servers:
    def __init__(self, node):
        self.node = node
        self.broker, self.turn = Daemon('mosquitto'), Daemon('turnserver')

    def start(self):
        self.make_certificate()
        self.start_turn()
        self.start_broker()

    def make_certificate(self):
        subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '3',
                        '-keyout', RUN / 'key.pem', '-out', RUN / 'certificate.pem', '-subj', '/CN=turn.lab',
                        '-addext', 'subjectAltName=' + ','.join(f'IP:203.0.113.{n}' for n in (1, 2, 3))],
                       check=True, capture_output=True)

    # --- broker -----------------------------------------------------------------------------------------------------

    def start_broker(self, *lines):
        """`lines` are added to mosquitto's configuration."""
        config = RUN / 'mosquitto.conf'
        listeners = ''.join(f'listener {port} {address}\n' for address, port in BROKER_ADDRESSES)
        config.write_text(f'{listeners}allow_anonymous true\nuser root\npersistence false\nlog_dest stderr\n' + ''.join(f'{line}\n' for line in lines))
        self.launch(self.broker, BROKER_ADDRESSES, 'mosquitto', '-c', config)

    def stop_broker(self):
        self.broker.end()

    # --- STUN and TURN ----------------------------------------------------------------------------------------------

    def start_turn(self, *options):
        """STUN and TURN on 203.0.113.1 and 2001:db8:f::1, STUN on .2 too; TURN over TCP on port 443 of .3."""
        self.launch(self.turn, TURN_ADDRESSES, 'turnserver', '-n', '--no-cli', '--log-file=stdout', '--simple-log', '--no-software-attribute',
                    '--listening-port=3478', '--tls-listening-port=5349', '--listening-device=eth0',
                    '--listening-ip=203.0.113.1', '--listening-ip=203.0.113.2', '--listening-ip=2001:db8:f::1',
                    '--relay-ip=203.0.113.1', '--relay-ip=2001:db8:f::1', '--aux-server=203.0.113.3:443', '--relay-threads=1',
                    f'--min-port={LENT_PORTS[0]}', f'--max-port={LENT_PORTS[1]}', f'--user={USER}:{PASSWORD}', f'--realm={REALM}', '--lt-cred-mech',
                    f'--cert={RUN}/certificate.pem', f'--pkey={RUN}/key.pem', f'--pidfile={RUN}/turnserver.self', f'--userdb={RUN}/turn.db', *options)

    def stop_turn(self):
        self.turn.end()

    def lent_ports(self):
        """What clients of the TURN server have now, one an allocation."""
        sockets = self.node.run('ss', '-Hlun', f'sport >= :{LENT_PORTS[0]} and sport <= :{LENT_PORTS[1]}')
        return {line.split()[3] for line in sockets.splitlines()}

    # --- both -------------------------------------------------------------------------------------------------------

    def launch(self, daemon, addresses, *arguments):
        daemon.start(self.node.argv(*arguments))
        for address, port in addresses:
            daemon.wait_until(lambda: self.node.do(takes_connections, address, port))

    def status(self):
        for daemon in (self.broker, self.turn):
            yield f'{daemon.name}: {"runs" if daemon.is_running else "stopped"}'


def takes_connections(address, port):
    try:
        socket.create_connection((address, port), 1).close()
    except OSError:
        return False
    return True
