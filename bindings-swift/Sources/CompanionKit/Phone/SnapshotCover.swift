#if canImport(UIKit)
    import UIKit

    /// Covers a scene's windows while it is not active, so that the picture that the app switcher keeps shows nothing.
    ///
    /// Keep it as long as the scene lives.
    @MainActor
    public final class SnapshotCover {
        private let scene: UIWindowScene
        private let makeCover: @MainActor () -> UIView
        private var covers: [UIView] = []
        private var observers: [NotificationObserver] = []

        /// - Parameters:
        ///   - scene: Whose windows.
        ///   - cover: Makes the view that lies over a window; it is stretched over it.
        public init(scene: UIWindowScene, cover: @escaping @MainActor () -> UIView) {
            self.scene = scene
            makeCover = cover
            observers = [
                observer(UIScene.willDeactivateNotification) { $0.show() },
                observer(UIScene.didActivateNotification) { $0.hide() },
            ]
        }

        private func observer(
            _ name: Notification.Name, _ act: @escaping @MainActor @Sendable (SnapshotCover) -> Void
        ) -> NotificationObserver {
            NotificationObserver(name, of: scene, queue: .main) { [weak self] in
                // The main queue is the main actor's; the picture is taken as soon as this returns.
                MainActor.assumeIsolated {
                    if let self { act(self) }
                }
            }
        }

        private func show() {
            guard covers.isEmpty else { return }
            covers = scene.windows.map { window in
                let cover = makeCover()
                cover.frame = window.bounds
                cover.autoresizingMask = [.flexibleWidth, .flexibleHeight]
                window.addSubview(cover)
                return cover
            }
        }

        private func hide() {
            for cover in covers { cover.removeFromSuperview() }
            covers = []
        }
    }
#endif
