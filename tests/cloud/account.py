"""An account to break, and what its owner does in it."""

import urllib.request
from contextlib import closing
from dataclasses import dataclass

import boto3
from moto.backends import get_backend
from moto.moto_api import state_manager

from drill.model.targets import Target
from drill.ports import Access
from drill.testing.cancels import HandCancel

REGION = "eu-west-1"
KEY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
WAIT = {"actionId": "aws:fis:wait", "parameters": {"duration": "PT1M"}}


class Brisk(HandCancel):
    """A stop signal whose pauses are short: moto has no limits that count requests."""

    def wait(self, seconds):
        return super().wait(min(seconds, 0.02))


class AfterOnePause(Brisk):
    """Asks to stop in the first pause."""

    def wait(self, seconds):
        self.request()
        return super().wait(seconds)


@dataclass(frozen=True)
class Standin:
    """One account that moto plays."""

    url: str
    id: str
    region: str

    @property
    def address(self):
        return f"aws:{self.id}:{self.region}"

    @property
    def access(self):
        return Access(Target(name="cloud", site="ireland", address=self.address))

    def reset(self):
        request = urllib.request.Request(f"{self.url}/moto-api/reset", method="POST")
        urllib.request.urlopen(request).close()

    def ask(self, service, operation, **told):
        client = boto3.client(service, region_name=self.region, endpoint_url=self.url)
        with closing(client):
            return getattr(client, operation)(**told)

    def template(self, *actions, consent="bounded"):
        """Have a template of FIS; each action is as its API has it."""
        made = self.ask(
            "fis",
            "create_experiment_template",
            clientToken="made-by-its-owner",
            description="for drills",
            stopConditions=[{"source": "none"}],
            roleArn=f"arn:aws:iam::{self.id}:role/fis",
            actions={f"a{n}": action for n, action in enumerate(actions or (WAIT,))},
            tags={"drill-consent": consent} if consent else {},
        )
        return made["experimentTemplate"]["id"]

    def experiments(self):
        """Return each experiment's state, by number; asked by the API, moto would move it on."""
        there = get_backend("fis")[self.id][self.region].experiments
        return {id_: experiment._status for id_, experiment in there.items()}

    def lasting(self, looks):
        """Let experiments stay in each of their states for so many looks."""
        state_manager.set_transition("fis::experiment", {"progression": "manual", "times": looks})

    def cluster(self, *members, name="orders"):
        engine = {"Engine": "aurora-postgresql"}
        words = {"MasterUsername": "root", "MasterUserPassword": "hunter2000"}
        self.ask("rds", "create_db_cluster", DBClusterIdentifier=name, **engine, **words)
        for member in members:
            self.ask(
                "rds",
                "create_db_instance",
                DBInstanceIdentifier=member,
                DBClusterIdentifier=name,
                DBInstanceClass="db.r5.large",
                **engine,
            )

    def fail_over(self, name, to):
        self.ask(
            "rds",
            "failover_db_cluster",
            DBClusterIdentifier=name,
            TargetDBInstanceIdentifier=to,
        )

    def busy(self, name):
        self.ask("rds", "stop_db_cluster", DBClusterIdentifier=name)

    def writer(self, name="orders"):
        (cluster,) = self.ask("rds", "describe_db_clusters", DBClusterIdentifier=name)["DBClusters"]
        writers = [m for m in cluster["DBClusterMembers"] if m["IsClusterWriter"]]
        return [m["DBInstanceIdentifier"] for m in writers]

    def zone(self, *records, name="example.test"):
        """Have a zone; each record is its name, type, time to live and values."""
        made = self.ask("route53", "create_hosted_zone", Name=name, CallerReference=name)
        zone = made["HostedZone"]["Id"].rpartition("/")[2]
        for record in records:
            self.change(zone, "CREATE", *record)
        return zone

    def change(self, zone, action, name, type_, ttl, *values):
        described = {
            "Name": name,
            "Type": type_,
            "TTL": ttl,
            "ResourceRecords": [{"Value": value} for value in values],
        }
        batch = {"Changes": [{"Action": action, "ResourceRecordSet": described}]}
        self.ask("route53", "change_resource_record_sets", HostedZoneId=zone, ChangeBatch=batch)

    def weighted(self, zone, name, place):
        described = {
            "Name": name,
            "Type": "A",
            "TTL": 60,
            "SetIdentifier": place,
            "Weight": 1,
            "ResourceRecords": [{"Value": "192.0.2.1"}],
        }
        batch = {"Changes": [{"Action": "CREATE", "ResourceRecordSet": described}]}
        self.ask("route53", "change_resource_record_sets", HostedZoneId=zone, ChangeBatch=batch)

    def record(self, zone, name, type_="A"):
        """Return how long a record set lives, and what it holds."""
        listed = self.ask("route53", "list_resource_record_sets", HostedZoneId=zone)
        for found in listed["ResourceRecordSets"]:
            if found["Name"] == f"{name}." and found["Type"] == type_:
                return found["TTL"], [each["Value"] for each in found["ResourceRecords"]]
        return None

    def alarm(self, state, name="errors"):
        self.ask(
            "cloudwatch",
            "put_metric_alarm",
            AlarmName=name,
            Namespace="shop",
            MetricName="errors",
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanThreshold",
        )
        self.ask(
            "cloudwatch",
            "set_alarm_state",
            AlarmName=name,
            StateValue=state,
            StateReason="as the test says",
        )
