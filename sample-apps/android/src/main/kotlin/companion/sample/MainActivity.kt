package companion.sample

import android.os.Bundle
import androidx.activity.ComponentActivity
import androidx.activity.compose.setContent
import androidx.compose.material3.Surface
import androidx.compose.runtime.produceState
import androidx.compose.ui.res.stringResource
import companion.android.enrolments
import companion.android.openEnrolment
import companion.android.secureWindow
import companion.sdk.CompanionClient

/** The app's one window: the first enrolment on this phone. */
class MainActivity : ComponentActivity() {
    override fun onCreate(savedInstanceState: Bundle?) {
        super.onCreate(savedInstanceState)
        secureWindow()
        setContent {
            val client = produceState<Loaded<CompanionClient?>>(Loaded.Not) {
                value = loaded { enrolments().firstOrNull()?.let { openEnrolment(it.enrolment) } }
            }
            AppTheme {
                Surface {
                    Part(client.value, ::recreate) { open ->
                        if (open == null) Sentence(stringResource(R.string.not_joined)) else App(open)
                    }
                }
            }
        }
    }
}
