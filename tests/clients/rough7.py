"""What goes other than planned, through Camunda 7's Python clients, where they are installed."""

import json
import sys
from typing import Any

import generic_camunda_client as generic
import pycamunda.externaltask
import pycamunda.incident
import pycamunda.message
import pycamunda.processdef
import pycamunda.processinst
import pycamunda.signal


def py_camunda(url: str) -> dict[str, Any]:
    """`pycamunda`: it reads every key that is documented."""
    told: dict[str, Any] = {}

    def start(key: str) -> str:
        return str(pycamunda.processdef.StartInstance(url, key="rough", business_key=key)().id_)

    def fetch() -> str:
        asked = pycamunda.externaltask.FetchAndLock(url, "pycamunda", max_tasks=1)
        asked.add_topic("rough", 60_000)
        (task,) = asked()
        return str(task.id_)

    first = start("P-1")
    task = fetch()
    pycamunda.externaltask.HandleFailure(
        url, task, "pycamunda", "the bank is away", "", retries=0, retry_timeout=0
    )()
    (incident,) = pycamunda.incident.GetList(url, process_instance_id=first)()
    told["incident"] = incident.incident_message
    pycamunda.externaltask.SetRetries(url, task, 2)()
    told["left"] = len(pycamunda.incident.GetList(url, process_instance_id=first)())
    told["same"] = fetch() == task
    pycamunda.externaltask.ExtendLock(url, task, 90_000, "pycamunda")()
    pycamunda.externaltask.Complete(url, task, "pycamunda")()
    pycamunda.message.CorrelateSingle(url, "Paid", business_key="P-1", result_enabled=True)()
    pycamunda.signal.EventAll(url, "Closed")()
    told["running"] = len(pycamunda.processinst.GetList(url, business_key="P-1")())
    start("P-2")
    pycamunda.externaltask.HandleBPMNError(url, fetch(), "pycamunda", "DECLINED")()
    told["declined"] = len(pycamunda.processinst.GetList(url, business_key="P-2")())
    third = start("P-3")
    pycamunda.processinst.Delete(url, third)()
    told["deleted"] = len(pycamunda.processinst.GetList(url, business_key="P-3")())
    return told


def generic_client(url: str) -> dict[str, Any]:
    """`generic-camunda-client`: it checks the type of every field."""
    told: dict[str, Any] = {}
    with generic.ApiClient(generic.Configuration(host=url)) as client:
        tasks = generic.ExternalTaskApi(client)
        instances = generic.ProcessInstanceApi(client)
        history = generic.HistoricProcessInstanceApi(client)

        def start(key: str) -> str:
            body = generic.StartProcessInstanceDto(business_key=key)
            definitions = generic.ProcessDefinitionApi(client)
            return str(
                definitions.start_process_instance_by_key(
                    "rough", start_process_instance_dto=body
                ).id
            )

        def fetch() -> str:
            topic = generic.FetchExternalTaskTopicDto(topic_name="rough", lock_duration=60_000)
            body = generic.FetchExternalTasksDto(worker_id="g", max_tasks=1, topics=[topic])
            (task,) = tasks.fetch_and_lock(fetch_external_tasks_dto=body)
            return str(task.id)

        def state(id: str) -> str:
            return str(history.get_historic_process_instance(id).state)

        first = start("G-1")
        task = fetch()
        failure = generic.ExternalTaskFailureDto(
            worker_id="g", error_message="the bank is away", retries=0, retry_timeout=0
        )
        tasks.handle_failure(task, external_task_failure_dto=failure)
        incidents = generic.IncidentApi(client)
        (incident,) = incidents.get_incidents(process_instance_id=first)
        told["incident"] = incident.incident_message
        retries = generic.RetriesDto(retries=1)
        tasks.set_external_task_resource_retries(task, retries_dto=retries)
        told["left"] = incidents.get_incidents_count(process_instance_id=first).count
        told["same"] = fetch() == task
        done = generic.CompleteExternalTaskDto(worker_id="g")
        tasks.complete_external_task_resource(task, complete_external_task_dto=done)
        message = generic.CorrelationMessageDto(
            message_name="Paid", business_key="G-1", result_enabled=True
        )
        (result,) = generic.MessageApi(client).deliver_message(correlation_message_dto=message)
        told["correlated"] = result.execution.process_instance_id == first
        generic.SignalApi(client).throw_signal(signal_dto=generic.SignalDto(name="Closed"))
        told["first"] = state(first)
        second = start("G-2")
        error = generic.ExternalTaskBpmnError(worker_id="g", error_code="DECLINED")
        tasks.handle_external_task_bpmn_error(fetch(), external_task_bpmn_error=error)
        visits = generic.HistoricActivityInstanceApi(client)
        listed = visits.get_historic_activity_instances(process_instance_id=second)
        told["second"] = [state(second), listed[-1].activity_id]
        third = start("G-3")
        instances.delete_process_instance(third)
        told["third"] = state(third)
        generic.ProcessDefinitionApi(client).get_process_definition_statistics()
    return told


def main(url: str) -> None:
    rest = f"{url}/engine-rest"
    print(json.dumps({"pycamunda": py_camunda(rest), "generic": generic_client(rest)}))


main(sys.argv[1])
