package companion.sample

import android.content.ComponentName
import android.graphics.Bitmap
import android.graphics.Canvas
import androidx.activity.ComponentActivity
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.material3.Surface
import androidx.compose.runtime.Composable
import androidx.compose.runtime.CompositionLocalProvider
import androidx.compose.ui.Modifier
import androidx.compose.ui.test.junit4.createAndroidComposeRule
import companion.android.AndroidDeviceFacts
import companion.kit.HttpUrlConnectionTransport
import companion.kit.sync
import companion.sdk.CompanionClient
import companion.sdk.Ports
import companion.testing.TestCompany
import companion.testing.TestKeyStore
import companion.testing.TestPhone
import java.io.File
import java.time.Clock
import java.time.Instant
import java.time.ZoneId
import kotlin.io.path.createTempDirectory
import kotlin.test.assertTrue
import kotlinx.coroutines.runBlocking
import org.junit.Rule
import org.junit.rules.ExternalResource
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf

/** A window for one screen. */
@RunWith(RobolectricTestRunner::class)
abstract class Stage {
    @get:Rule(order = 0)
    val declared = object : ExternalResource() {
        override fun before() {
            val app = RuntimeEnvironment.getApplication()
            shadowOf(app.packageManager).addActivityIfNotPresent(ComponentName(app, ComponentActivity::class.java))
        }
    }

    @get:Rule(order = 1)
    val rule = createAndroidComposeRule<ComponentActivity>()

    /** A quarter past nine in the morning in Tokyo. */
    val clock: Clock = Clock.fixed(Instant.parse("2026-11-25T00:15:00Z"), ZoneId.of("Asia/Tokyo"))

    fun show(content: @Composable () -> Unit) {
        rule.setContent {
            CompositionLocalProvider(LocalClock provides clock) { AppTheme { Surface(Modifier.fillMaxSize()) { content() } } }
        }
        rule.waitForIdle()
    }

    fun word(id: Int, vararg values: Any): String = rule.activity.getString(id, *values)

    fun draw(name: String) {
        rule.waitForIdle()
        val view = rule.activity.window.decorView
        val bitmap = Bitmap.createBitmap(view.width, view.height, Bitmap.Config.ARGB_8888)
        view.draw(Canvas(bitmap))
        val file = File(System.getProperty("screenshots"), "$name.png")
        file.parentFile.mkdirs()
        file.outputStream().use { assertTrue(bitmap.compress(Bitmap.CompressFormat.PNG, 100, it)) }
    }

    /** A phone of a company in this process. */
    fun company(act: suspend Company.() -> Unit): Unit = runBlocking {
        TestCompany().use { company ->
            val ports = Ports(
                HttpUrlConnectionTransport(),
                TestKeyStore(createTempDirectory("keys").toFile()),
                AndroidDeviceFacts(RuntimeEnvironment.getApplication()),
            )
            val phone = company.join(ports)
            val client = phone.open(ports)
            Company(company, phone, ports, client).act()
        }
    }
}

class Company(val company: TestCompany, val phone: TestPhone, val ports: Ports, val client: CompanionClient) {
    /** A customer writes, and the phone hears of it. */
    suspend fun hear(text: String, number: String = "819011112222", name: String = "Yamada") {
        company.customerWrites(text, number, name)
        company.settle()
        client.sync()
    }
}
