package org.adjoint.cpu;

import java.util.List;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;
import org.adjoint.tensor.ArgumentException;

/**
 * The vector width and the species of that width: the only static state of this backend besides the
 * thread team, fixed when the class is loaded.
 *
 * <p>The width is the widest that the JVM prefers; {@code -Dadjoint.simd.width=128|256|512} chooses
 * another, which tests use to show that results do not depend on it. Touch this class only where
 * {@link VectorModule#isUsable}.
 */
public final class Simd {
  /** The width in bits: 128, 256 or 512. */
  public static final int WIDTH = width();

  /** Vectors of float. */
  public static final VectorSpecies<Float> FLOAT = FloatVector.SPECIES_PREFERRED.withShape(shape());

  /** Vectors of double. */
  public static final VectorSpecies<Double> DOUBLE =
      DoubleVector.SPECIES_PREFERRED.withShape(shape());

  /** Vectors of int. */
  public static final VectorSpecies<Integer> INT = IntVector.SPECIES_PREFERRED.withShape(shape());

  /** Floats in a vector. */
  public static final int FLOATS = WIDTH / Float.SIZE;

  /** Doubles in a vector. */
  public static final int DOUBLES = WIDTH / Double.SIZE;

  /**
   * Whether a register file of 32 vectors may be assumed (AVX-512 and AArch64; AVX2 has 16). It
   * decides the size of register tiles, never a result. The override counts as the hardware, so
   * that a test at 256 bits runs the tile of a 256-bit machine.
   */
  public static final boolean MANY_REGISTERS =
      WIDTH == 512 || System.getProperty("os.arch", "").equals("aarch64");

  private Simd() {}

  /**
   * Returns a · b + c, rounded once. Every x86-64 since 2013 and every AArch64 has the instruction;
   * without it the JVM computes the same value slowly, so there is nothing to choose and results
   * are the same everywhere.
   */
  public static FloatVector fma(FloatVector a, FloatVector b, FloatVector c) {
    return a.fma(b, c);
  }

  /** Returns a · b + c, rounded once. */
  public static DoubleVector fma(DoubleVector a, DoubleVector b, DoubleVector c) {
    return a.fma(b, c);
  }

  /** Returns one line that says what is used. */
  public static String description() {
    return "Java Vector API, " + WIDTH + " bits (" + FLOATS + " floats)";
  }

  private static int width() {
    return width(System.getProperty(VectorModule.WIDTH_PROPERTY, ""));
  }

  /** The width that is asked for, or the machine's own. */
  static int width(String asked) {
    int preferred = Math.clamp(FloatVector.SPECIES_PREFERRED.vectorBitSize(), 128, 512);
    if (asked.isEmpty()) {
      return preferred;
    }
    if (!List.of("128", "256", "512").contains(asked)) {
      throw new ArgumentException(
          "cpu", "-D" + VectorModule.WIDTH_PROPERTY, asked, "it must be 128, 256, 512 or off");
    }
    return Integer.parseInt(asked);
  }

  private static VectorShape shape() {
    return VectorShape.forBitSize(WIDTH);
  }
}
