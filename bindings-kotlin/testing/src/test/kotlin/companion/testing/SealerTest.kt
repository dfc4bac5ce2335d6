package companion.testing

import companion.kit.sync
import companion.sdk.MessageQuery
import companion.sealer.InboxSealer
import companion.sealer.SealerException
import kotlin.io.path.createTempDirectory
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith

/** What is kept while no client is at hand, through the door of extensions. */
class SealerTest {
    @Test
    fun `what was kept is there at the next opening, once and in order`() = play {
        val work = workWithYamada()
        client.shutDown()
        InboxSealer.open(checkNotNull(phone.options.shared)).use { sealer ->
            assertEquals("none", sealer.show())
            for ((id, text) in listOf("1" to "一", "2" to "二", "1" to "一")) sealer.append(READER, body(id, text))
        }
        phone.open(faulty.ports).use { again ->
            val texts = again.messages(MessageQuery(work)).messages.map { it.content?.text }
            assertEquals(listOf("二", "一", "こんにちは"), texts)
            again.shutDown()
        }
    }

    @Test
    fun `what comes while the client is open is taken in by synchronising`() = play {
        val work = workWithYamada()
        InboxSealer.open(checkNotNull(phone.options.shared)).use { it.append(READER, body("1", "一")) }
        client.sync()
        val texts = client.messages(MessageQuery(work)).messages.map { it.content?.text }
        assertEquals(listOf("一", "こんにちは"), texts)
    }

    @Test
    fun `where nobody is enrolled it says so`() {
        val folder = createTempDirectory("companion").toFile()
        InboxSealer.open(folder.path).use { sealer ->
            assertFailsWith<SealerException.NotEnrolled> { sealer.append(READER, ByteArray(0)) }
            assertFailsWith<SealerException.NotEnrolled> { sealer.show() }
        }
        folder.deleteRecursively()
    }

    /** What WhatsApp would tell of a customer's text. */
    private fun body(id: String, text: String): ByteArray {
        val message = """{"from":"$CUSTOMER","id":"wamid.$id","timestamp":"1767323045","type":"text","text":{"body":"$text"}}"""
        val contact = """{"profile":{"name":"Yamada"},"wa_id":"$CUSTOMER"}"""
        val metadata = """{"display_phone_number":"815012345678","phone_number_id":"${TestCompany.ACCOUNT}"}"""
        val parts = """"metadata":$metadata,"contacts":[$contact],"messages":[$message]"""
        val change = """{"field":"messages","value":{"messaging_product":"whatsapp",$parts}}"""
        val entry = """{"id":"102290129340398","changes":[$change]}"""
        return """{"object":"whatsapp_business_account","entry":[$entry]}""".toByteArray()
    }

    private companion object {
        const val READER = "whatsapp_cloud"
        const val CUSTOMER = "819011112222"
    }
}
