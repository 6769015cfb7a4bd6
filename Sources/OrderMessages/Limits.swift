/// The bounds of what is read from one message.
public enum OrderMessageLimits {
    /// The most characters (Unicode scalars) of a message that are read; the rest is cut off and the result marked.
    public static let messageScalars = 4096

    /// The longest name of a customer or an item, in scalars (the database's columns hold 255).
    public static let nameScalars = 255

    /// The longest address, in scalars.
    public static let addressScalars = 1000

    /// The longest notes, in scalars.
    public static let notesScalars = 2000

    /// The most items of one order.
    public static let items = 100

    /// The largest quantity of one item.
    public static let quantity = 9999

    /// The most phone numbers that are kept beside the first.
    public static let alternativePhones = 8

    /// The most orders in one message; what follows is read as part of the last.
    public static let orders = 20

    /// The most characters in a row that sit on the letter before them.
    static let combiningMarks = 4

    /// The longest unlabelled line that is taken as a phone line, in scalars.
    static let phoneLineScalars = 60

    /// The largest amount of money, in hundredths (numeric(12,2) of the database).
    static let amountHundredths: Int64 = 999_999_999_999

    /// The longest reason of a command, in scalars.
    static let reasonScalars = 300
}
