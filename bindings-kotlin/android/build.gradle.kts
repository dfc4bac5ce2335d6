plugins {
    alias(libs.plugins.android.library)
}

// `cargo xtask bindings` makes the Kotlin; the native libraries come from the NDK's build of core/ffi.
val made = "../../target/bindings/kotlin-android"

android {
    namespace = "companion.android"
    compileSdk = libs.versions.compileSdk.get().toInt()

    defaultConfig {
        minSdk = libs.versions.minSdk.get().toInt()
        consumerProguardFiles("consumer-rules.pro")
    }

    sourceSets.named("main") {
        kotlin.directories += listOf("../kit/src/main/kotlin", "$made/kit")
        jniLibs.directories += "../../target/android/jniLibs"
    }
}

dependencies {
    api(libs.coroutines)
    api(libs.kotlin.stdlib)
    implementation(libs.annotation)
    implementation(libs.jna) { artifact { type = "aar" } }
}
