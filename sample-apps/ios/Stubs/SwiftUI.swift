// The part of Apple's SwiftUI that the app names, for its type-check on Linux. It says nothing about layout, availability and
// behaviour.
@_exported import Foundation
@_exported import Observation

@MainActor @preconcurrency public protocol View {
    associatedtype Body: View
    @ViewBuilder @MainActor @preconcurrency var body: Body { get }
}
extension Never: View { public var body: Never { return fatalError() } }
/// A view without a body of its own.
public protocol Leaf: View where Body == Never {}
extension Leaf { public var body: Never { return fatalError() } }
extension Optional: View where Wrapped: View { public var body: Never { return fatalError() } }

public struct EmptyView: Leaf { public init() {} }
public struct Several<Content>: Leaf {}
public struct Either<First, Second>: Leaf {}
public struct Modified<Content: View>: Leaf {}

@MainActor @resultBuilder public struct ViewBuilder {
    public static func buildExpression<V: View>(_ view: V) -> V { view }
    public static func buildBlock() -> EmptyView { EmptyView() }
    public static func buildBlock<V: View>(_ view: V) -> V { view }
    public static func buildBlock<each V: View>(_ view: repeat each V) -> Several<(repeat each V)> { Several() }
    public static func buildIf<V: View>(_ view: V?) -> V? { view }
    public static func buildEither<A: View, B: View>(first: A) -> Either<A, B> { Either() }
    public static func buildEither<A: View, B: View>(second: B) -> Either<A, B> { Either() }
}

// Views.
public struct Text: Leaf { public init(_ text: some StringProtocol) {} }
public struct Image: Leaf { public init(systemName: String) {} }
public struct Label: Leaf {
    public init(_ title: some StringProtocol, systemImage: String) {}
}
public struct Spacer: Leaf { public init() {} }
public struct ProgressView: Leaf { public init() {} }
public struct Rectangle: Shape { public init() {} }
public struct RoundedRectangle: Shape { public init(cornerRadius: CGFloat) {} }
public protocol Shape: Leaf {}
extension Shape {
    public func fill(_ style: Color) -> Modified<Self> { Modified() }
    public func stroke(_ content: Color, style: StrokeStyle) -> Modified<Self> { Modified() }
}
public struct StrokeStyle: Sendable { public init(lineWidth: CGFloat, dash: [CGFloat] = []) {} }
public struct Color: Leaf, Sendable { public init(red: Double, green: Double, blue: Double) {} }
public struct TextField: Leaf {
    public init(_ title: some StringProtocol, text: Binding<String>) {}
    public init(_ title: some StringProtocol, text: Binding<String>, axis: Axis) {}
}
public enum Axis: Sendable { case horizontal, vertical }
public struct Toggle: Leaf { public init(_ title: some StringProtocol, isOn: Binding<Bool>) {} }
public struct Button<Content: View>: Leaf {
    public init(_ title: some StringProtocol, action: @escaping @MainActor () -> Void) where Content == Text {}
    public init(action: @escaping @MainActor () -> Void, @ViewBuilder label: () -> Content) {}
}
public struct LabeledContent: Leaf { public init(_ title: some StringProtocol, value: some StringProtocol) {} }
public struct ContentUnavailableView: Leaf { public init(_ title: some StringProtocol, systemImage: String) {} }
public enum HorizontalAlignment: Sendable { case leading, center, trailing }
public enum VerticalAlignment: Sendable { case top, center, bottom }
public struct VStack<Content: View>: Leaf {
    public init(
        alignment: HorizontalAlignment = .center, spacing: CGFloat? = nil, @ViewBuilder content: () -> Content
    ) {}
}
public struct HStack<Content: View>: Leaf {
    public init(alignment: VerticalAlignment = .center, spacing: CGFloat? = nil, @ViewBuilder content: () -> Content) {}
}
public struct ViewThatFits<Content: View>: Leaf { public init(@ViewBuilder content: () -> Content) {} }
public struct List<Content: View>: Leaf { public init(@ViewBuilder content: () -> Content) {} }
public struct Section<Content: View>: Leaf {
    public init(@ViewBuilder content: () -> Content) {}
    public init(_ title: some StringProtocol, @ViewBuilder content: () -> Content) {}
}
public struct ForEach<Data: RandomAccessCollection, ID, Content: View>: Leaf {
    public init(_ data: Data, @ViewBuilder content: @escaping (Data.Element) -> Content)
    where Data.Element: Identifiable, ID == Data.Element.ID {}
    public init(_ data: Data, id: KeyPath<Data.Element, ID>, @ViewBuilder content: @escaping (Data.Element) -> Content)
    {}
}
public struct TabView<Content: View>: Leaf { public init(@ViewBuilder content: () -> Content) {} }
public struct NavigationStack<Content: View>: Leaf { public init(@ViewBuilder root: () -> Content) {} }
public struct NavigationLink<Content: View, Destination: View>: Leaf {
    public init(@ViewBuilder destination: () -> Destination, @ViewBuilder label: () -> Content) {}
}
public struct Picker<Selection: Hashable, Content: View>: Leaf {
    public init(_ title: some StringProtocol, selection: Binding<Selection>, @ViewBuilder content: () -> Content) {}
}
public struct SegmentedPickerStyle: Sendable {}
extension SegmentedPickerStyle { public static var segmented: Self { Self() } }

// Values that views read and write.
@MainActor @propertyWrapper public struct State<Value> {
    public init(wrappedValue: Value) {}
    public var wrappedValue: Value {
        get { fatalError() }
        nonmutating set {}
    }
    public var projectedValue: Binding<Value> { fatalError() }
}
@MainActor @propertyWrapper @dynamicMemberLookup public struct Binding<Value> {
    public init(get: @escaping () -> Value, set: @escaping (Value) -> Void) {}
    public var wrappedValue: Value {
        get { fatalError() }
        nonmutating set {}
    }
    public var projectedValue: Self { self }
    public subscript<Part>(dynamicMember path: WritableKeyPath<Value, Part>) -> Binding<Part> { fatalError() }
}
@MainActor @propertyWrapper public struct Environment<Value> {
    public init(_ path: KeyPath<EnvironmentValues, Value>) {}
    public var wrappedValue: Value { fatalError() }
}
public struct EnvironmentValues {
    public var colorScheme: ColorScheme { fatalError() }
    public var scenePhase: ScenePhase { fatalError() }
    public var dismiss: DismissAction { fatalError() }
}
public enum ColorScheme: Sendable { case light, dark }
public enum ScenePhase: Sendable { case background, inactive, active }
@MainActor public struct DismissAction { public func callAsFunction() {} }

// What changes a view.
public struct Font: Sendable {
    public static let title2 = Font(), headline = Font(), body = Font(), subheadline = Font(), caption = Font()
}
public struct Alignment: Sendable { public static let leading = Alignment(), trailing = Alignment() }
public struct Edges: Sendable { public static let leading = Edges(), vertical = Edges(), horizontal = Edges() }
public enum ChildBehavior: Sendable { case ignore, combine, contain }
public struct Traits: Sendable { public static let isHeader = Traits() }
extension View {
    public func task(_ action: @escaping @MainActor @Sendable () async -> Void) -> Modified<Self> { Modified() }
    public func task<ID: Equatable>(id: ID, _ action: @escaping @MainActor @Sendable () async -> Void) -> Modified<Self>
    { Modified() }
    public func refreshable(action: @escaping @MainActor @Sendable () async -> Void) -> Modified<Self> { Modified() }
    public func disabled(_ disabled: Bool) -> Modified<Self> { Modified() }
    public func padding(_ length: CGFloat) -> Modified<Self> { Modified() }
    public func padding(_ edges: Edges, _ length: CGFloat) -> Modified<Self> { Modified() }
    public func frame(width: CGFloat) -> Modified<Self> { Modified() }
    public func frame(minWidth: CGFloat? = nil, maxWidth: CGFloat? = nil, minHeight: CGFloat? = nil) -> Modified<Self> {
        Modified()
    }
    public func frame(maxWidth: CGFloat, alignment: Alignment) -> Modified<Self> { Modified() }
    public func font(_ font: Font) -> Modified<Self> { Modified() }
    public func foregroundStyle(_ style: Color) -> Modified<Self> { Modified() }
    public func background<V: View>(@ViewBuilder content: () -> V) -> Modified<Self> { Modified() }
    public func overlay<V: View>(alignment: Alignment = .leading, @ViewBuilder content: () -> V) -> Modified<Self> {
        Modified()
    }
    public func tint(_ color: Color) -> Modified<Self> { Modified() }
    public func ignoresSafeArea() -> Modified<Self> { Modified() }
    public func navigationTitle(_ title: some StringProtocol) -> Modified<Self> { Modified() }
    public func tabItem<V: View>(@ViewBuilder _ label: () -> V) -> Modified<Self> { Modified() }
    public func tag(_ tag: some Hashable) -> Modified<Self> { Modified() }
    public func pickerStyle(_ style: SegmentedPickerStyle) -> Modified<Self> { Modified() }
    public func sheet<Item: Identifiable, V: View>(
        item: Binding<Item?>, @ViewBuilder content: @escaping (Item) -> V
    ) -> Modified<Self> { Modified() }
    public func safeAreaInset<V: View>(edge: VerticalEdge, @ViewBuilder content: () -> V) -> Modified<Self> {
        Modified()
    }
    public func alert<A: View, M: View>(
        _ title: some StringProtocol, isPresented: Binding<Bool>, @ViewBuilder actions: () -> A,
        @ViewBuilder message: () -> M
    ) -> Modified<Self> { Modified() }
    public func accessibilityLabel(_ label: some StringProtocol) -> Modified<Self> { Modified() }
    public func accessibilityHidden(_ hidden: Bool) -> Modified<Self> { Modified() }
    public func accessibilityElement(children: ChildBehavior) -> Modified<Self> { Modified() }
    public func accessibilityAddTraits(_ traits: Traits) -> Modified<Self> { Modified() }
    public func privacySensitive() -> Modified<Self> { Modified() }
    public func onChange<Value: Equatable>(
        of value: Value, initial: Bool = false, _ action: @escaping @MainActor (Value, Value) -> Void
    ) -> Modified<Self> { Modified() }
}
public enum VerticalEdge: Sendable { case top, bottom }

// The app.
@MainActor @preconcurrency public protocol Scene {}
@MainActor @preconcurrency public protocol App {
    associatedtype Body: Scene
    @MainActor @preconcurrency var body: Body { get }
    @MainActor @preconcurrency init()
}
extension App { public static func main() {} }
public struct WindowGroup<Content: View>: Scene { public init(@ViewBuilder content: () -> Content) {} }
