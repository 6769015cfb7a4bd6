/// One thing that is ordered.
public struct OrderItem: Hashable, Sendable {
    /// What it is, as it was written.
    public var name: String

    /// How many, 1 to 9999.
    public var quantity: Int

    /// The price of one.
    public var unitPrice: Amount?

    /// The price of all of them.
    public var linePrice: Amount?

    /// Makes an item.
    public init(name: String, quantity: Int, unitPrice: Amount? = nil, linePrice: Amount? = nil) {
        self.name = name
        self.quantity = quantity
        self.unitPrice = unitPrice
        self.linePrice = linePrice
    }
}
