package companion.android

import android.content.Context
import android.os.Build
import android.os.UserManager
import android.provider.Settings
import companion.sdk.DeviceFacts
import companion.sdk.DeviceFactsException

/**
 * Facts about this phone. The id of its start is the system's own count of starts, which an app may read.
 *
 * @param context any context of the app.
 */
class AndroidDeviceFacts(context: Context) : DeviceFacts {
    private val app = context.applicationContext

    override fun bootId(): String =
        Settings.Global.getString(app.contentResolver, Settings.Global.BOOT_COUNT) ?: throw DeviceFactsException.Unknown()

    override fun protectedDataAvailable(): Boolean = app.getSystemService(UserManager::class.java).isUserUnlocked

    override fun versions(): String {
        val version = app.packageManager.getPackageInfo(app.packageName, 0)
        return "Android ${Build.VERSION.RELEASE} (API ${Build.VERSION.SDK_INT}), " +
            "${app.packageName} ${version.versionName} (${version.longVersionCode})"
    }
}
