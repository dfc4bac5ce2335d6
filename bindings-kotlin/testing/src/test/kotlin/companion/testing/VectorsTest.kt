package companion.testing

import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertTrue

/** The golden vectors of the formats, met by the library as it is loaded here. It brings them along: this runs on a phone as it is. */
class VectorsTest {
    @Test
    fun `every vector holds`() {
        val files = goldenVectors()
        assertTrue(files.isNotEmpty())
        for ((name, text) in files) assertTrue(checkVectors(name, text) > 0u, "$name has no case")
    }

    @Test
    fun `a changed value is named`() {
        val text = goldenVectors().getValue("sealed_01")
        refuses("sealed_01", text.replace("\"plain\": \"eA\"", "\"plain\": \"eQ\""), "sealed_01/cases/1/plain", "another value comes out")
        refuses("sealed_01", text.replace("\"sealed\": \"A", "\"sealed\": \"B"), "sealed_01/cases/0", "does not open")
    }

    @Test
    fun `a file that nobody knows is refused`() = refuses("sealed_09", "{}", "sealed_09", "is no file of vectors")

    private fun refuses(name: String, text: String, case: String, reason: String) {
        val refused = assertFailsWith<TestException.Failed> { checkVectors(name, text) }
        assertEquals(case to reason, refused.what to refused.why)
    }
}
