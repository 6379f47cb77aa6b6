package org.adjoint.cpu;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Whether the Vector API can be used in this JVM. Nothing here refers to a class of {@code
 * jdk.incubator.vector}, so it can be asked where that module is absent; classes that do refer to
 * it ({@link Simd} and the kernels built on it) may be touched only after {@link #isUsable}.
 */
public final class VectorModule {
  /** The module. */
  public static final String NAME = "jdk.incubator.vector";

  /** The system property that chooses the width in bits: 128, 256, 512, or {@code off}. */
  public static final String WIDTH_PROPERTY = "adjoint.simd.width";

  private VectorModule() {}

  /** Returns whether the vector kernels can be used. */
  public static boolean isUsable() {
    return obstacle() == null;
  }

  /** Returns why the vector kernels cannot be used, with the remedy, or null if they can. */
  public static @Nullable String obstacle() {
    String width = System.getProperty(WIDTH_PROPERTY, "").toLowerCase(Locale.ROOT);
    if (width.equals("off")) {
      return "switched off by -D" + WIDTH_PROPERTY + "=off";
    }
    if (ModuleLayer.boot().findModule(NAME).isEmpty()) {
      return "the module " + NAME + " is not loaded; start java with --add-modules " + NAME;
    }
    return null;
  }
}
