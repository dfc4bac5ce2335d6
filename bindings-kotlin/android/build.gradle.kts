plugins {
    alias(libs.plugins.android.library)
}

// `cargo xtask bindings` makes the Kotlin; the native libraries are core/ffi, built with the NDK.
val bindings = "../../target/bindings"

android {
    namespace = "companion.android"
    compileSdk = libs.versions.compileSdk.get().toInt()

    defaultConfig {
        minSdk = libs.versions.minSdk.get().toInt()
        consumerProguardFiles("consumer-rules.pro")
    }

    sourceSets.named("main") {
        kotlin.directories += listOf("../kit/src/main/kotlin", "$bindings/kotlin-android")
        jniLibs.directories += "../../target/android/jniLibs"
    }
}

dependencies {
    api(libs.coroutines)
    api(libs.kotlin.stdlib)
    implementation(libs.annotation)
    implementation(libs.jna) { artifact { type = "aar" } }
}
