"""Orders and trips: what was done is undone."""

from __future__ import annotations

from tests.processes.kit import retry, wait
from tests.processes.ways.way import BACKOFF, way

ORDER = {"order_id": "ORD-1", "item": "metronome", "quantity": 2, "unit_price": 49.9}

TRIP = {"trip_id": "TRIP-1", "traveller": "Felix", "price": 1280}

RESERVED = ("validate-order", "reserve-stock")

AUTHORISED = (*RESERVED, "authorise-payment")

TWO_BOOKED = ("book-flight", "book-hotel")

ORDERS = (
    way(
        "order_fulfilment",
        "everything works",
        ORDER,
        ends="ParcelOnItsWay OrderFulfilled",
        actions=(*AUTHORISED, "book-carrier", "hand-over-parcel"),
    ),
    way(
        "order_fulfilment",
        "declined: the stock is released",
        ORDER | {"payment_behaviour": "decline"},
        ends="OrderFailed",
        reason="PAYMENT_DECLINED",
        actions=(*RESERVED, "authorise-payment: PAYMENT_DECLINED", "release-stock"),
    ),
    way(
        "order_fulfilment",
        "undeliverable: payment, then stock are undone",
        ORDER | {"shipping_behaviour": "undeliverable"},
        ends="OrderFailed",
        reason="UNDELIVERABLE",
        actions=(
            *AUTHORISED,
            "book-carrier",
            "hand-over-parcel: UNDELIVERABLE",
            "void-payment",
            "release-stock",
        ),
    ),
    way(
        "order_fulfilment",
        "out of stock: nothing to undo",
        ORDER | {"stock_behaviour": "out_of_stock"},
        ends="OrderNotStocked",
        reason="OUT_OF_STOCK",
        actions=("validate-order", "reserve-stock: OUT_OF_STOCK"),
    ),
    way(
        "order_fulfilment",
        "not valid",
        ORDER | {"quantity": 0},
        ends="OrderRejected",
        reason="INVALID_ORDER",
        actions=("validate-order: INVALID_ORDER",),
    ),
    way(
        "order_fulfilment",
        "slow: the customer is told, the parcel goes on",
        ORDER | {"shipping_behaviour": "slow"},
        wait(10),
        wait(15),
        ends="CustomerTold ParcelOnItsWay OrderFulfilled",
        actions=(*AUTHORISED, "book-carrier", "notify-customer", "hand-over-parcel"),
    ),
    way(
        "order_fulfilment",
        "the card issuer is down until an operator retries",
        ORDER | {"payment_behaviour": "down"},
        wait(2 * BACKOFF),
        retry,
        ends="ParcelOnItsWay OrderFulfilled",
        actions=(*AUTHORISED, "book-carrier", "hand-over-parcel"),
    ),
    way(
        "order_fulfilment",
        "undoing needs a second try",
        ORDER | {"payment_behaviour": "decline", "undo_behaviour": "flaky"},
        wait(BACKOFF),
        ends="OrderFailed",
        reason="PAYMENT_DECLINED",
        actions=(*RESERVED, "authorise-payment: PAYMENT_DECLINED", "release-stock"),
    ),
)

TRIPS = (
    way(
        "travel_booking",
        "everything works",
        TRIP,
        ends="TripBookable TripBooked",
        actions=(*TWO_BOOKED, "book-car", "charge-traveller"),
    ),
    way(
        "travel_booking",
        "no car: hotel, then flight are cancelled",
        TRIP | {"car_behaviour": "sold_out"},
        ends="BookingsCancelled TripNotBooked",
        reason="NO_CAR",
        actions=(
            *TWO_BOOKED,
            "book-car: NO_CAR",
            "cancel-hotel",
            "cancel-flight",
            "tell-traveller",
        ),
    ),
    way(
        "travel_booking",
        "no hotel: the flight is cancelled",
        TRIP | {"hotel_behaviour": "sold_out"},
        ends="BookingsCancelled TripNotBooked",
        reason="NO_HOTEL",
        actions=("book-flight", "book-hotel: NO_HOTEL", "cancel-flight", "tell-traveller"),
    ),
    way(
        "travel_booking",
        "no flight: nothing to cancel",
        TRIP | {"flight_behaviour": "sold_out"},
        ends="NothingBooked TripNotBooked",
        reason="NO_FLIGHT",
        actions=("book-flight: NO_FLIGHT", "tell-traveller"),
    ),
    way(
        "travel_booking",
        "the card is declined: the completed sub-process is undone",
        TRIP | {"charge_behaviour": "decline"},
        ends="TripBookable TripNotPaid",
        reason="CARD_DECLINED",
        actions=(
            *TWO_BOOKED,
            "book-car",
            "charge-traveller: CARD_DECLINED",
            "cancel-car",
            "cancel-hotel",
            "cancel-flight",
        ),
    ),
    way(
        "travel_booking",
        "cancelling stands still until an operator retries, then goes on in order",
        TRIP | {"car_behaviour": "sold_out", "undo_behaviour": "down"},
        wait(2 * BACKOFF),
        retry,
        wait(2 * BACKOFF),
        retry,
        ends="BookingsCancelled TripNotBooked",
        reason="NO_CAR",
        actions=(
            *TWO_BOOKED,
            "book-car: NO_CAR",
            "cancel-hotel",
            "cancel-flight",
            "tell-traveller",
        ),
    ),
)
