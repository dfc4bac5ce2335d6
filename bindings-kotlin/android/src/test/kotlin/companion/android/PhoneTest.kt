package companion.android

import android.app.Activity
import android.app.Dialog
import android.os.Build
import android.os.UserManager
import android.provider.Settings
import android.util.Log
import android.view.Window
import android.view.WindowManager
import companion.sdk.CompanionException
import companion.sdk.DeviceFactsException
import companion.sdk.LogLevel
import companion.sdk.LogLine
import companion.sealer.SealerException
import kotlin.test.assertContains
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertFalse
import kotlin.test.assertNotEquals
import kotlin.test.assertTrue
import kotlinx.coroutines.runBlocking
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Robolectric
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.shadows.ShadowLog

@RunWith(RobolectricTestRunner::class)
class PhoneTest {
    private val app = RuntimeEnvironment.getApplication()

    @Test
    fun `another start of the phone has another id`() {
        val facts = AndroidDeviceFacts(app)
        val boot = { count: Int ->
            Settings.Global.putInt(app.contentResolver, Settings.Global.BOOT_COUNT, count)
            facts.bootId()
        }
        assertEquals(boot(3), boot(3))
        assertNotEquals(boot(3), boot(4))
    }

    @Test
    fun `a phone that does not count its starts says so`() {
        Settings.Global.putString(app.contentResolver, Settings.Global.BOOT_COUNT, null)
        assertFailsWith<DeviceFactsException.Unknown> { AndroidDeviceFacts(app).bootId() }
    }

    @Test
    fun `protected data is there once the user unlocked`() {
        val user = shadowOf(app.getSystemService(UserManager::class.java))
        val facts = AndroidDeviceFacts(app)
        user.setUserUnlocked(false)
        assertFalse(facts.protectedDataAvailable())
        user.setUserUnlocked(true)
        assertTrue(facts.protectedDataAvailable())
    }

    @Test
    fun `versions name system and app`() {
        val versions = AndroidDeviceFacts(app).versions()
        assertContains(versions, "API ${Build.VERSION.SDK_INT}")
        assertContains(versions, app.packageName)
    }

    @Test
    fun `a secured window is kept out of screenshots`() {
        Robolectric.buildActivity(Activity::class.java).setup().use { controller ->
            val activity = controller.get()
            val secure = { window: Window -> window.attributes.flags and WindowManager.LayoutParams.FLAG_SECURE != 0 }
            assertFalse(secure(activity.window))
            activity.secureWindow()
            assertTrue(secure(activity.window))
            val dialog = Dialog(activity)
            dialog.secureWindow()
            assertTrue(secure(dialog.window!!))
        }
    }

    @Test
    fun `log lines reach logcat at their level`() {
        val sink = LogcatSink("tag")
        val levels = listOf(LogLevel.ERROR to Log.ERROR, LogLevel.WARN to Log.WARN, LogLevel.INFO to Log.INFO, LogLevel.DEBUG to Log.DEBUG)
        for ((level, priority) in levels) {
            sink.write(LogLine(level, "companion_engine", "said at $level"))
            val line = ShadowLog.getLogsForTag("tag").last()
            assertEquals(priority, line.type)
            assertEquals("companion_engine: said at $level", line.msg)
        }
    }

    @Test
    fun `enrolments lie where no backup looks`() {
        assertEquals(app.noBackupFilesDir, app.enrolmentsFolder.parentFile)
        assertEquals(emptyList(), app.enrolments())
        val nobody = "00000000-0000-4000-8000-000000000000"
        assertFailsWith<CompanionException.NotEnrolled> { runBlocking { app.openEnrolment(nobody) } }
        app.inboxSealer(nobody).use { sealer ->
            assertFailsWith<SealerException.NotEnrolled> { sealer.append("whatsapp_cloud", ByteArray(0)) }
        }
    }
}
