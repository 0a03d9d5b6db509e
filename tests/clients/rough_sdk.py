"""What goes other than planned, through Camunda's Python SDK; runs where that is installed."""

import json
import sys
from typing import Any

import camunda_orchestration_sdk as sdk
from camunda_orchestration_sdk import models

TOLD: dict[str, Any] = {}


def main(url: str) -> None:
    settings = {"CAMUNDA_REST_ADDRESS": url, "CAMUNDA_AUTH_STRATEGY": "NONE"}
    with sdk.CamundaClient(configuration=settings) as client:

        def start(id: str) -> Any:
            given = {"processDefinitionId": "rough", "variables": {"id": id}}
            body = models.ProcessCreationById.from_dict(given)
            return client.create_process_instance(data=body).process_instance_key

        def job() -> Any:
            given = {"type": "rough", "worker": "sdk", "timeout": 60_000, "maxJobsToActivate": 1}
            body = models.JobActivationRequest.from_dict(given)
            return client.activate_jobs(data=body).jobs[0]

        def state(key: Any) -> str:
            return str(client.get_process_instance(key).state.value)

        first = start("A-1")
        failed = job()
        failure = {"retries": 0, "errorMessage": "the bank is away"}
        client.fail_job(failed.job_key, data=models.JobFailRequest.from_dict(failure))
        wanted = models.IncidentSearchQuery.from_dict({"filter": {"processInstanceKey": first}})
        (incident,) = client.search_incidents(data=wanted).items
        TOLD["incident"] = incident.error_message
        changes = models.JobUpdateRequest.from_dict({"changeset": {"retries": 2}})
        client.update_job(failed.job_key, data=changes)
        TOLD["left"] = len(client.search_incidents(data=wanted).items)
        again = job()
        TOLD["same"] = again.job_key == failed.job_key
        client.complete_job(again.job_key, data=models.JobCompletionRequest())
        message = {"name": "Paid", "correlationKey": "A-1"}
        body = models.MessageCorrelationRequest.from_dict(message)
        TOLD["correlated"] = client.correlate_message(data=body).process_instance_key == first
        client.broadcast_signal(data=models.SignalBroadcastRequest(signal_name="Closed"))
        TOLD["first"] = state(first)
        second = start("A-2")
        error = models.JobErrorRequest.from_dict({"errorCode": "DECLINED"})
        client.throw_job_error(job().job_key, data=error)
        of_second = {"filter": {"processInstanceKey": second}}
        elements = client.search_element_instances(
            data=models.ElementInstanceSearchQuery.from_dict(of_second)
        ).items
        TOLD["second"] = [state(second), elements[-1].element_id]
        thrown = {"filter": {"processInstanceKey": second, "state": "ERROR_THROWN"}}
        found = client.search_jobs(data=models.JobSearchQuery.from_dict(thrown)).items
        TOLD["thrown"] = found[0].error_code
        third = start("A-3")
        client.cancel_process_instance(third, data=None)
        TOLD["third"] = state(third)
        try:
            client.complete_job(failed.job_key, data=models.JobCompletionRequest())
        except Exception as refused:
            TOLD["stale"] = getattr(refused, "status_code", None)
        ids = models.VariableSearchQuery.from_dict({"filter": {"name": "id"}})
        TOLD["ids"] = sorted(one.value for one in client.search_variables(data=ids).items)
        client.get_process_definition_instance_statistics()
        client.get_process_instance_statistics_by_error()
        client.search_decision_instances()
        client.search_decision_requirements()
        client.get_resource(str(again.process_definition_key))
    print(json.dumps(TOLD))


main(sys.argv[1])
