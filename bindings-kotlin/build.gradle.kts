plugins {
    alias(libs.plugins.android.library) apply false
    // Not applied: the Android plugin compiles Kotlin itself, by the Kotlin plugin whose version stands here.
    alias(libs.plugins.kotlin.android) apply false
}
