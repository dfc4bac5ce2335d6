package companion.android

import android.app.Activity
import android.app.Dialog
import android.os.Build
import android.view.Window
import android.view.WindowManager

/**
 * Keeps work out of screenshots, screen sharing, casts and the list of recent apps. Call it in `onCreate`, before the
 * first content.
 */
fun Activity.secureWindow() {
    window.secure()
    if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.TIRAMISU) setRecentsScreenshotEnabled(false)
}

/** As [Activity.secureWindow]: a dialog has a window of its own. */
fun Dialog.secureWindow() {
    window?.secure()
}

private fun Window.secure() = addFlags(WindowManager.LayoutParams.FLAG_SECURE)
