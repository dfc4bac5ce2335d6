package companion.sample

import android.content.res.Configuration
import android.graphics.Bitmap
import androidx.compose.ui.geometry.Rect
import androidx.compose.ui.semantics.SemanticsActions
import androidx.compose.ui.semantics.SemanticsNode
import androidx.compose.ui.semantics.getOrNull
import androidx.compose.ui.test.hasClickAction
import androidx.compose.ui.test.isRoot
import androidx.compose.ui.test.onNodeWithContentDescription
import androidx.compose.ui.test.onNodeWithText
import androidx.compose.ui.text.TextLayoutResult
import androidx.core.graphics.drawable.toBitmap
import companion.sdk.DeliveryState
import companion.sdk.Language
import companion.sdk.MirrorState
import java.util.Locale
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertNotEquals
import kotlin.test.assertTrue
import org.robolectric.annotation.Config

/** Every screen as it looks; the numbers are those of the acceptance checks. */
class GalleryTest : Stage() {
    /** Shows each screen, lets [look] at it and draws it. */
    private fun gallery(language: Language, scale: Float = 1f, look: () -> Unit): List<Bitmap> =
        Fixtures(language).screens.map { screen ->
            show(scale, screen)
            look()
            picture(rule.activity.window.decorView)
        }

    @Test
    fun `8 all screens in English, 26 what is touched has a name and is large`() {
        for (dialog in Fixtures().dialogs) {
            show(content = dialog)
            whatIsTouchedHasANameAndIsLarge()
        }
        val pictures = gallery(Language.EN, look = ::whatIsTouchedHasANameAndIsLarge)
        keep("screens", pictures)
        keep("chats", pictures.slice(1..1))
        keep("bind", pictures.slice(4..4))
    }

    private fun whatIsTouchedHasANameAndIsLarge() {
        val touched = rule.onAllNodes(hasClickAction()).fetchSemanticsNodes()
        assertTrue(touched.isNotEmpty())
        assertEquals(emptyList(), touched.filter { said(it).isEmpty() || it.touchBoundsInRoot.isSmall() }.map { said(it) })
    }

    private fun Rect.isSmall() = with(rule.density) { height < TOUCH.toPx() || width < TOUCH.toPx() }

    @Test
    @Config(qualifiers = "+ja")
    fun `8 all screens in Japanese`() {
        gallery(Language.JA, look = ::nothingIsEnglish)
    }

    @Test
    @Config(qualifiers = "+ja-night")
    fun `8 all screens in the dark`() {
        val pictures = gallery(Language.JA, look = ::nothingIsEnglish)
        for (picture in pictures) assertTrue(brightness(picture) < 64)
        keep("screens-ja-dark", pictures)
        keep("outbox-ja-dark", pictures.slice(6..6))
    }

    private fun nothingIsEnglish() {
        val english = rule.activity.createConfigurationContext(
            Configuration(rule.activity.resources.configuration).apply { setLocale(Locale.ENGLISH) },
        )
        val ids = R.string::class.java.fields.map { it.getInt(null) }
        val translated = ids.filter { english.getString(it) != rule.activity.getString(it) }.map { english.getString(it) }
        assertTrue(translated.isNotEmpty())
        assertEquals(emptySet(), said().toSet() intersect translated.toSet())
    }

    private fun brightness(picture: Bitmap): Int = picture.getPixel(picture.width / 2, picture.height - 2) and 0xFF

    @Test
    @Config(qualifiers = "+ja")
    fun `9 nothing is cut at twice the size`() = keep("screens-ja-200", twiceTheSize(Language.JA).slice(2..5))

    @Test
    fun `9 nothing is cut at twice the size in English`() {
        twiceTheSize(Language.EN)
    }

    private fun twiceTheSize(language: Language): List<Bitmap> {
        for (dialog in Fixtures(language).dialogs) {
            show(2f, dialog)
            nothingIsCut()
        }
        return gallery(language, 2f, ::nothingIsCut)
    }

    private fun nothingIsCut() {
        for (root in rule.onAllNodes(isRoot(), useUnmergedTree = true).fetchSemanticsNodes()) {
            val nodes = below(root)
            val outside = nodes.filter { it.positionInRoot.x < 0 || it.positionInRoot.x + it.size.width > root.size.width }
            assertEquals(emptyList(), (outside + nodes.filter(::isCut)).flatMap { said(it) })
        }
    }

    private fun below(node: SemanticsNode): List<SemanticsNode> = node.children.flatMap { listOf(it) + below(it) }

    /** Whether less than a text's lines is shown, where a pixel goes by rounding, or a word is broken. */
    private fun isCut(node: SemanticsNode): Boolean {
        val layouts = mutableListOf<TextLayoutResult>()
        node.config.getOrNull(SemanticsActions.GetTextLayoutResult)?.action?.invoke(layouts)
        return layouts.any { text ->
            val widest = (0 until text.lineCount).maxOf { text.getLineRight(it) - text.getLineLeft(it) }
            val ellipsis = (0 until text.lineCount).any(text::isLineEllipsized)
            val broken = (1 until text.lineCount).any { breaksWord(text.layoutInput.text.text, text.getLineStart(it)) }
            ellipsis || broken || text.multiParagraph.didExceedMaxLines ||
                text.getLineBottom(text.lineCount - 1) > node.size.height + 1 || widest > node.size.width + 1
        }
    }

    private fun breaksWord(text: String, place: Int) = isLatin(text[place - 1]) && isLatin(text[place])

    private fun isLatin(c: Char) = Character.UnicodeScript.of(c.code) == Character.UnicodeScript.LATIN

    @Test
    @Config(qualifiers = "+ar")
    fun `10 from right to left all is mirrored`() {
        keep("screens-rtl", gallery(Language.EN) {}.slice(3..6))
        show { Frame("山田 太郎", null, {}, {}) {} }
        val middle = rule.activity.window.decorView.width / 2
        assertTrue(rule.onNodeWithContentDescription(word(R.string.back)).fetchSemanticsNode().boundsInRoot.left > middle)
        assertTrue(rule.onNodeWithText("山田 太郎").fetchSemanticsNode().boundsInRoot.left > middle)
    }

    @Test
    fun `2 each state has an icon, a word and its reason, also in grey`() {
        val fixtures = Fixtures()
        show { OutboxScreen(Loaded.Here(fixtures.outbox), { _, _ -> }, {}) }
        val shown = said()
        for (waiting in fixtures.outbox.waiting) {
            assertTrue(word(mark(waiting.entry.state).word) in shown)
            assertTrue(waiting.reasons.all { it.text in shown })
        }
        val recorded = MirrorState.entries.mapNotNull { mark(it) }
        val marks = fixtures.outbox.waiting.map { mark(it.entry.state) }.distinct() + mark(DeliveryState.SENT) + recorded
        assertEquals(marks.size, marks.distinctBy { shape(it.icon) }.size)
        assertEquals(marks.size, marks.distinctBy { word(it.word) }.size)
        keep("states-grey", pictures(fixtures, 6, 5), grey = true)
    }

    @Test
    fun `3 the three spaces differ in word and icon, also in grey`() {
        val pictures = pictures(Fixtures(), 1, 2, 3)
        keep("spaces-grey", pictures, grey = true)
        assertEquals(3, Segment.entries.distinctBy { shape(it.icon) }.size)
        assertEquals(3, Segment.entries.distinctBy { word(it.word) }.size)
        // Colour aside, the edge of work is a line and that of what is undecided is broken.
        val (work, undecided) = pictures.map(::edge)
        assertNotEquals(1, undecided)
        assertEquals(1, work)
    }

    /** What an icon is without its colour: where it is drawn. */
    private fun shape(icon: Int): List<Boolean> {
        val bitmap = rule.activity.getDrawable(icon)!!.toBitmap(48, 48)
        return (0 until 48 * 48).map { bitmap.getPixel(it % 48, it / 48) ushr 24 > 127 }
    }

    private fun pictures(fixtures: Fixtures, vararg which: Int): List<Bitmap> = which.map { place ->
        show(content = fixtures.screens[place])
        picture(rule.activity.window.decorView)
    }

    /** In how many pieces the first row's edge is drawn. */
    private fun edge(picture: Bitmap): Int {
        val column = (0 until picture.height).map { picture.getPixel(2, it) }
        val background = column.groupingBy { it }.eachCount().maxBy { it.value }.key
        val drawn = column.drop(picture.height / 8).take(picture.height / 8 * 6).map { it != background }
        return drawn.zipWithNext().count { (before, now) -> !before && now }
    }
}
