package companion.sample

import android.graphics.Bitmap
import android.graphics.Canvas
import android.graphics.ColorMatrix
import android.graphics.ColorMatrixColorFilter
import android.graphics.Paint
import android.graphics.RectF
import android.view.View
import java.io.File
import kotlin.test.assertTrue

/** What the window of [view] shows. */
fun picture(view: View): Bitmap {
    val bitmap = Bitmap.createBitmap(view.width, view.height, Bitmap.Config.ARGB_8888)
    view.draw(Canvas(bitmap))
    return bitmap
}

/** Keeps [pictures], all of one size, beside each other at half of it in one file; in shades of grey where colour may not help. */
fun keep(name: String, pictures: List<Bitmap>, grey: Boolean = false) {
    val (width, height) = pictures.first().run { width / 2 to height / 2 }
    val sheet = Bitmap.createBitmap(width * pictures.size, height, Bitmap.Config.ARGB_8888)
    val paint = Paint(Paint.FILTER_BITMAP_FLAG)
    if (grey) paint.colorFilter = ColorMatrixColorFilter(ColorMatrix().apply { setSaturation(0f) })
    pictures.forEachIndexed { place, picture ->
        val left = (place * width).toFloat()
        Canvas(sheet).drawBitmap(picture, null, RectF(left, 0f, left + width, height.toFloat()), paint)
    }
    val file = File(System.getProperty("screenshots"), "$name.png")
    file.parentFile.mkdirs()
    file.outputStream().use { assertTrue(sheet.compress(Bitmap.CompressFormat.PNG, 100, it)) }
}
