package companion.sample

import android.os.Bundle
import androidx.activity.ComponentActivity
import androidx.activity.compose.setContent
import androidx.activity.viewModels
import androidx.compose.material3.Surface
import androidx.compose.ui.res.stringResource
import androidx.lifecycle.viewmodel.initializer
import androidx.lifecycle.viewmodel.viewModelFactory
import companion.android.secureWindow

/** The app's one window. */
class MainActivity : ComponentActivity() {
    private val phone: PhoneModel by viewModels { viewModelFactory { initializer { PhoneModel(application) } } }

    override fun onCreate(savedInstanceState: Bundle?) {
        super.onCreate(savedInstanceState)
        secureWindow()
        setContent {
            AppTheme {
                Surface {
                    Part(phone.app, phone::open) { app ->
                        if (app == null) Sentence(stringResource(R.string.not_joined)) else App(app)
                    }
                }
            }
        }
    }
}
