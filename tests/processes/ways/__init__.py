"""The ways that each story can go, one for every end event at least."""

from tests.processes.ways.deciding import CLAIMS, LOANS, PAYOUTS
from tests.processes.ways.undoing import ORDERS, TRIPS
from tests.processes.ways.waiting import INVOICES, PATIENTS, PURCHASES

WAYS = (*ORDERS, *TRIPS, *LOANS, *PAYOUTS, *PATIENTS, *CLAIMS, *INVOICES, *PURCHASES)
