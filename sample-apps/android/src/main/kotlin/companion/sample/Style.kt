package companion.sample

import androidx.compose.foundation.isSystemInDarkTheme
import androidx.compose.foundation.shape.RoundedCornerShape
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Shapes
import androidx.compose.material3.Typography
import androidx.compose.material3.darkColorScheme
import androidx.compose.material3.lightColorScheme
import androidx.compose.runtime.Composable
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.text.TextStyle
import androidx.compose.ui.text.font.FontWeight
import androidx.compose.ui.text.style.TextDirection
import androidx.compose.ui.unit.TextUnit
import androidx.compose.ui.unit.dp
import androidx.compose.ui.unit.sp

private val light = lightColorScheme(
    primary = Color(0xFF0B57A4), onPrimary = Color.White,
    primaryContainer = Color(0xFFD6E6FA), onPrimaryContainer = Color(0xFF1B1B1F),
    secondaryContainer = Color(0xFFD6E6FA), onSecondaryContainer = Color(0xFF1B1B1F),
    tertiary = Color(0xFF8A4B00), error = Color(0xFFB3261E), outline = Color(0xFF767680),
    background = Color(0xFFFDFBFF), onBackground = Color(0xFF1B1B1F),
    surface = Color(0xFFFDFBFF), onSurface = Color(0xFF1B1B1F), onSurfaceVariant = Color(0xFF5B5B66),
    surfaceContainer = Color(0xFFFDFBFF), surfaceContainerLow = Color(0xFFFDFBFF), surfaceVariant = Color(0xFFFDFBFF),
)

private val dark = darkColorScheme(
    primary = Color(0xFFA9C7FF), onPrimary = Color(0xFF131318),
    primaryContainer = Color(0xFF17406F), onPrimaryContainer = Color(0xFFE5E1E9),
    secondaryContainer = Color(0xFF17406F), onSecondaryContainer = Color(0xFFE5E1E9),
    tertiary = Color(0xFFFFB871), error = Color(0xFFFFB4AB), outline = Color(0xFF8F8F9A),
    background = Color(0xFF131318), onBackground = Color(0xFFE5E1E9),
    surface = Color(0xFF131318), onSurface = Color(0xFFE5E1E9), onSurfaceVariant = Color(0xFFB4B2BD),
    surfaceContainer = Color(0xFF131318), surfaceContainerLow = Color(0xFF131318), surfaceVariant = Color(0xFF131318),
)

/** A text runs in the direction of what it says, whichever the screen has. */
private fun type(size: TextUnit, line: TextUnit, weight: FontWeight = FontWeight.Normal) =
    TextStyle(fontSize = size, lineHeight = line, fontWeight = weight, textDirection = TextDirection.Content)

private val typography = Typography(
    titleLarge = type(22.sp, 28.sp),
    titleMedium = type(16.sp, 24.sp, FontWeight.Medium),
    bodyLarge = type(16.sp, 24.sp),
    bodyMedium = type(14.sp, 20.sp),
    bodySmall = type(12.sp, 16.sp),
    labelLarge = type(14.sp, 20.sp, FontWeight.Medium),
    labelMedium = type(12.sp, 16.sp, FontWeight.Medium),
)

private val shapes = Shapes(
    small = RoundedCornerShape(4.dp), medium = RoundedCornerShape(12.dp), large = RoundedCornerShape(16.dp),
)

/** The app's own colours, in light and dark: none are taken from the wallpaper. */
@Composable
fun AppTheme(content: @Composable () -> Unit) {
    MaterialTheme(if (isSystemInDarkTheme()) dark else light, shapes, typography, content)
}
