package companion.sample

import android.content.Intent
import android.view.WindowManager
import androidx.compose.ui.test.SemanticsMatcher
import androidx.compose.ui.test.hasContentDescription
import androidx.compose.ui.test.hasText
import androidx.compose.ui.test.junit4.v2.createEmptyComposeRule
import androidx.compose.ui.test.onNodeWithText
import androidx.compose.ui.test.performClick
import androidx.test.core.app.ActivityScenario
import companion.android.androidPorts
import companion.android.enrolmentsFolder
import companion.testing.FakeAndroidKeyStore
import companion.testing.TestCompany
import java.security.InvalidKeyException
import java.util.concurrent.CountDownLatch
import kotlin.test.Test
import kotlin.test.assertNotEquals
import kotlin.test.assertTrue
import kotlinx.coroutines.runBlocking
import org.junit.Before
import org.junit.Rule
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment

/** The app as the system starts it. */
@RunWith(RobolectricTestRunner::class)
class MainActivityTest {
    @get:Rule
    val rule = createEmptyComposeRule()

    private val phone = RuntimeEnvironment.getApplication()

    @Before
    fun keyStore() = FakeAndroidKeyStore.install()

    private fun untilThere(what: SemanticsMatcher) = rule.waitUntil(60_000) {
        rule.waitForIdle()
        rule.onAllNodes(what).fetchSemanticsNodes().isNotEmpty()
    }

    private fun untilThere(id: Int) = untilThere(hasText(phone.getString(id)))

    private fun start(act: (ActivityScenario<MainActivity>) -> Unit) =
        ActivityScenario.launch<MainActivity>(Intent(phone, MainActivity::class.java)).use(act)

    private fun joined(act: () -> Unit) = TestCompany(phones = phone.enrolmentsFolder).use { company ->
        runBlocking { company.join(phone.androidPorts()) }
        act()
    }

    @Test
    fun `who did not join is told so, in a window that nobody photographs`() = start { window ->
        untilThere(R.string.not_joined)
        window.onActivity { assertTrue(it.window.attributes.flags and WindowManager.LayoutParams.FLAG_SECURE != 0) }
    }

    @Test
    fun `the first enrolment is opened and stays open when the phone is turned`() = joined {
        start { window ->
            untilThere(R.string.nobody_waits)
            rule.onNodeWithText(phone.getString(R.string.settings)).performClick()
            untilThere(R.string.nothing_until_chosen)
            var before: MainActivity? = null
            window.onActivity { before = it }
            window.recreate()
            window.onActivity { assertNotEquals(before, it) }
            untilThere(R.string.nothing_until_chosen)
        }
        // What was open is closed with its window.
        start { untilThere(R.string.nobody_waits) }
    }

    @Test
    fun `while it is opened that is said`() = joined {
        val opened = CountDownLatch(1)
        FakeAndroidKeyStore.whenUsed = opened::await
        start {
            untilThere(hasContentDescription(phone.getString(R.string.loading)))
            opened.countDown()
            untilThere(R.string.nobody_waits)
        }
    }

    @Test
    fun `what cannot be opened says so and is tried again`() = joined {
        FakeAndroidKeyStore.whenUsed = { throw InvalidKeyException("not today") }
        start {
            untilThere(hasText(phone.getString(R.string.not_loaded, "").substringBefore("("), substring = true))
            FakeAndroidKeyStore.whenUsed = {}
            rule.onNodeWithText(phone.getString(R.string.retry)).performClick()
            untilThere(R.string.nobody_waits)
        }
    }
}
