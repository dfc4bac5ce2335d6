package companion.sample

import android.app.Application
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.setValue
import androidx.lifecycle.ViewModel
import androidx.lifecycle.viewModelScope
import companion.android.enrolments
import companion.android.openEnrolment
import kotlinx.coroutines.launch

/** The first enrolment on this phone. It is open once, and stays open while the window is made anew. */
class PhoneModel(private val phone: Application) : ViewModel() {
    /** The app on it; `null` where nobody joined. */
    var app: Loaded<AppModel?> by mutableStateOf(Loaded.Not)
        private set

    init {
        open()
    }

    /** Opens it, again where that was not possible. */
    fun open() {
        viewModelScope.launch {
            app = Loaded.Not
            app = loaded {
                val enrolment = phone.enrolments().firstOrNull()?.enrolment
                enrolment?.let { AppModel(phone.openEnrolment(it)) { languageOf(phone.resources.configuration.locales[0]) } }
            }
        }
    }

    override fun onCleared() {
        (app as? Loaded.Here)?.value?.client?.close()
    }
}
