package companion.android

import android.content.Intent
import android.content.RestrictionsManager
import android.os.Bundle
import android.os.UserManager
import companion.android.Restriction.Value
import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertNull
import kotlin.test.assertTrue
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.shadows.ShadowLooper

@RunWith(RobolectricTestRunner::class)
class RestrictionsTest {
    private val app = RuntimeEnvironment.getApplication()
    private val reader = RestrictionsReader(app)

    private fun manage(bundle: Bundle?) =
        shadowOf(app.getSystemService(RestrictionsManager::class.java)).setApplicationRestrictions(bundle)

    private fun tell() {
        app.sendBroadcast(Intent(Intent.ACTION_APPLICATION_RESTRICTIONS_CHANGED))
        ShadowLooper.idleMainLooper()
    }

    @Test
    fun `an app that nobody manages has none`() {
        assertEquals(emptyList(), reader.read())
        manage(Bundle())
        assertEquals(emptyList(), reader.read())
    }

    @Test
    fun `every type arrives as it was set, by key`() {
        manage(
            Bundle().apply {
                putString("text", "公司")
                putBoolean("flag", true)
                putInt("number", -7)
                putStringArray("texts", arrayOf("a", "b"))
                putBundle("nested", Bundle())
                putParcelableArray("rows", arrayOf(Bundle()))
                putString("nothing", null)
            },
        )
        val expected = mapOf(
            "flag" to Value.Flag(true),
            "nested" to Value.Unsupported("Bundle"),
            "nothing" to Value.Unsupported("null"),
            "number" to Value.Number(-7),
            "rows" to Value.Unsupported("array"),
            "text" to Value.Text("公司"),
            "texts" to Value.Texts(listOf("a", "b")),
        )
        assertEquals(expected.map { (key, value) -> Restriction(key, value) }, reader.read())
    }

    @Test
    fun `values on their way are waited for`() {
        manage(Bundle().apply { putBoolean(UserManager.KEY_RESTRICTIONS_PENDING, true) })
        assertNull(reader.read())
    }

    @Test
    fun `changes are told while somebody collects`() = runBlocking {
        val heard = Channel<List<Restriction>>(Channel.UNLIMITED)
        val collecting = launch(Dispatchers.Unconfined) { reader.changes().collect(heard::send) }
        assertEquals(emptyList(), heard.receive())
        manage(Bundle().apply { putString("server", "a") })
        tell()
        assertEquals(listOf(Restriction("server", Value.Text("a"))), heard.receive())
        assertTrue(shadowOf(app).hasReceiverForIntent(Intent(Intent.ACTION_APPLICATION_RESTRICTIONS_CHANGED)))
        collecting.cancel()
        assertFalse(shadowOf(app).hasReceiverForIntent(Intent(Intent.ACTION_APPLICATION_RESTRICTIONS_CHANGED)))
    }
}
