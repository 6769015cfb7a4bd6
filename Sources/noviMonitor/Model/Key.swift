/// A key or a movement of the mouse.
enum Key: Hashable, Sendable {
    case character(Character)
    /// A letter with the control key, such as `d`.
    case control(Character)
    case up
    case down
    case left
    case right
    case pageUp
    case pageDown
    case home
    case end
    case enter
    case escape
    case backspace
    case tab
    case backTab
    case press(row: Int, column: Int)
    case wheel(row: Int, column: Int, isUp: Bool)
}
