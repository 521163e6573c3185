"""``aws.cloudwatch-alarm``: whether an alarm of CloudWatch is quiet.

Bad while it is in ALARM, and while it has no data: nobody can say that all is
well. Watched as a service for which nothing is promised, it can end an
exercise early (``stop:``).
Semantics: Amazon CloudWatch API Reference, DescribeAlarms.
"""

from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field
from pydantic.alias_generators import to_pascal

from drill.errors import RefusedError, RemoteError
from drill.hosts.aws import Account, Aws, NeedsAws, Said
from drill.model.base import Model
from drill.model.targets import ACCOUNT, REGION
from drill.ports import Access, Cancel, Reading


class CloudwatchAlarmParams(Model):
    """Which alarm, of which account."""

    account: Annotated[str, Field(pattern=rf"^{ACCOUNT}$", description="In quotes: 12 digits.")]
    region: Annotated[str, Field(pattern=rf"^{REGION}$")]
    alarm: Annotated[str, Field(min_length=1, max_length=255, description="The alarm's name.")]


class _Alarm(Said):
    model_config = ConfigDict(alias_generator=to_pascal)
    alarm_arn: str
    state_value: Literal["OK", "ALARM", "INSUFFICIENT_DATA"]
    state_reason: str = ""


class _Alarms(Said):
    model_config = ConfigDict(alias_generator=to_pascal)
    metric_alarms: tuple[_Alarm, ...] = ()
    composite_alarms: tuple[_Alarm, ...] = ()


class CloudwatchAlarm(NeedsAws):
    """Asks for the alarm's state; the alarm's own name says whose it is."""

    params: ClassVar[type[Model]] = CloudwatchAlarmParams

    def observe(self, on: Access, params: CloudwatchAlarmParams, cancel: Cancel) -> Reading:
        """Look once; ``good`` only when it is OK."""
        del on  # it is looked at from here, and its account is told
        aws = Aws(Account(params.account, params.region), cancel)
        try:
            found = aws.ask(
                _Alarms,
                "cloudwatch",
                "describe_alarms",
                AlarmNames=[params.alarm],
                AlarmTypes=["MetricAlarm", "CompositeAlarm"],
            )
        except (RefusedError, RemoteError) as error:
            return Reading(state="unknown", note=str(error)[:200])
        return _judged((*found.metric_alarms, *found.composite_alarms), params)


def _judged(alarms: tuple[_Alarm, ...], params: CloudwatchAlarmParams) -> Reading:
    owner = f":cloudwatch:{params.region}:{params.account}:"
    alarm = next((one for one in alarms if owner in one.alarm_arn), None)
    if alarm is None:
        other = "; the credentials are another account's" if alarms else ""
        return Reading(state="bad", note=f"there is no alarm {params.alarm}{other}"[:200])
    if alarm.state_value == "OK":
        return Reading(state="good", by=params.alarm)
    return Reading(state="bad", note=f"{alarm.state_value}: {alarm.state_reason}"[:200])
