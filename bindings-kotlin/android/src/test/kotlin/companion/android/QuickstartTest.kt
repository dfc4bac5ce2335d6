package companion.android

import android.app.Activity
import companion.sdk.Page
import companion.testing.FakeAndroidKeyStore
import companion.testing.TestCompany
import java.util.concurrent.CopyOnWriteArrayList
import kotlin.test.assertEquals
import kotlin.test.assertNull
import kotlin.test.assertTrue
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.delay
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.junit.Before
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Robolectric
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment

/** The core, Android's ports and a company, on Android's own classes. */
@RunWith(RobolectricTestRunner::class)
class QuickstartTest {
    private val app = RuntimeEnvironment.getApplication()
    private val shown = CopyOnWriteArrayList<List<String>>()
    private val quickstart = Quickstart(shown::add)

    @Before
    fun keyStore() = FakeAndroidKeyStore.install()

    private suspend fun eventually(holds: suspend () -> Boolean) = withTimeout(60_000) { while (!holds()) delay(20) }

    @Test
    fun `a day goes as the quickstart says`() = runBlocking {
        assertNull(quickstart.day(app))
        TestCompany(phones = app.enrolmentsFolder).use { company ->
            company.join(app.androidPorts())
            quickstart.day(app)!!.use { client ->
                quickstart.accept(client)
                company.customerWrites("こんにちは")
                company.settle()
                assertTrue(quickstart.refresh(client))
                assertEquals(listOf("Yamada"), quickstart.decide(client).map { it.name })

                val watching = launch(Dispatchers.Default) { quickstart.watch(client) }
                eventually { listOf("Yamada") in shown }
                val conversation = client.inbox(Page()).items.single().key
                assertEquals(listOf("こんにちは"), quickstart.read(client, conversation).map { it.content?.text })

                quickstart.write(client, conversation, "少々お待ちください")
                assertEquals(listOf("queued"), quickstart.queue(client).map { (entry, _) -> entry.state })
                eventually { quickstart.work(client) && quickstart.queue(client).isEmpty() }
                eventually { company.world.crmRecords().any { "少々お待ちください" in it } }
                watching.cancelAndJoin()

                company.network(online = false)
                assertEquals(false, quickstart.refresh(client))
                client.shutDown()
            }
        }
        Robolectric.buildActivity(Activity::class.java).setup().use { quickstart.onCreate(it.get()) }
    }
}
