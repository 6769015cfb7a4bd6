import Shared

/// The shapes of what the routes of orders take and answer.
extension OrderRoutes {
    /// What a change of status says.
    static let statusFields: [ObjectRule.Member] = [
        .required("status", .orderStatus), .optional("reason", .nullable(.plainText(0...1000))),
        .optional("deliveryPerson", .nullable(.plainText(0...255))),
    ]

    /// What can be changed of an order.
    static let change = Schema.object(
        "OrderChange",
        [
            .optional("customerName", .plainText(1...255)), .optional("customerPhone", .phone),
            .optional("address", .plainText(1...1000)), .optional("items", OrderItems.schema),
            .optional("totalAmount", .nullable(.amount)), .optional("deliveryDate", .nullable(.date)),
            .optional("notes", .nullable(.plainText(0...2000))),
            .optional("deliveryPerson", .nullable(.plainText(0...255))),
        ],
        minimumCount: 1
    )

    /// An order's history.
    static let eventList = Schema.object(
        "EventList",
        [
            .required(
                "events",
                .list(
                    .object(
                        "OrderEvent",
                        [
                            .required("at", .timestamp), .required("actor", .nullable(.line(0...255))),
                            .required("actorKind", .line(1...20)), .required("event", .line(1...50)),
                            .required("fromStatus", .nullable(.line(1...50))),
                            .required("toStatus", .nullable(.line(1...50))), .required("detail", .anyObject),
                        ]
                    ),
                    count: 0...1000
                )
            )
        ]
    )

    /// What became of each order of a request.
    static let bulkAnswer = Schema.object(
        "BulkResult",
        [
            .required(
                "results",
                .list(
                    .object(
                        "BulkResultItem",
                        [
                            .required("id", .line(1...36)), .required("ok", .boolean),
                            .required("status", .nullable(.orderStatus)),
                            .required("code", .nullable(.line(1...50))),
                            .required("message", .nullable(.line(0...500))),
                        ]
                    ),
                    count: 1...100
                )
            )
        ]
    )
}
