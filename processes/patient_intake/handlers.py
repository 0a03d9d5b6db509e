"""Laboratory, wards and records office of the patient intake story."""

from __future__ import annotations

from typing import Any

from engine import Job, handler
from processes.rehearsal import chance, perform

WARDS = ("Ward A", "Ward B", "Ward C")


@handler("analyse-sample", retries=3, backoff="PT1S", timeout="PT30S")
def analyse_sample(job: Job) -> dict[str, Any]:
    """Have the laboratory analyse the blood sample."""
    is_raised = chance("blood", str(job.variables.get("patient_id"))) < 0.3
    return perform(job, "laboratory", lambda: {"blood_result": "raised" if is_raised else "normal"})


@handler("find-bed", retries=3, backoff="PT1S", timeout="PT30S")
def find_bed(job: Job) -> dict[str, Any]:
    """Find a bed on one of the wards."""
    ward = WARDS[int(chance("ward", str(job.variables.get("patient_id"))) * len(WARDS))]
    return perform(job, "ward", lambda: {"ward": ward})


@handler("close-file", retries=3, backoff="PT1S", timeout="PT30S")
def close_file(job: Job) -> dict[str, Any]:
    """Close the file of a patient who went away."""
    return perform(job, "records", lambda: {"file_closed": True})
