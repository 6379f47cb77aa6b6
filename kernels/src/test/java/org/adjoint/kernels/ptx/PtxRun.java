package org.adjoint.kernels.ptx;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Kernels of this project's texts in a simulator with all checks: memory is given out for one case
 * and taken back by {@link #clear}; results begin uninitialised.
 */
final class PtxRun implements AutoCloseable {
  private final Simulator simulator = new Simulator();
  private final Map<String, PtxModule> modules = new HashMap<>();
  private final List<Long> live = new ArrayList<>();

  /** Gives the bits of values that a formula treats differently, then random ones. */
  static float[] mixed(long seed, int n, double low, double high) {
    float[] special = {
      0f,
      -0f,
      1f,
      -1f,
      0.5f,
      3f,
      -3f,
      6f,
      1e-30f,
      -1e10f,
      Float.MIN_VALUE,
      Float.MAX_VALUE,
      Float.POSITIVE_INFINITY,
      Float.NEGATIVE_INFINITY,
      Float.NaN,
      65537f,
      88.8f,
      -103f
    };
    SplittableRandom random = new SplittableRandom(seed);
    float[] v = new float[n];
    for (int i = 0; i < n; i++) {
      v[i] =
          random.nextInt(8) == 0
              ? special[random.nextInt(special.length)]
              : (float) random.nextDouble(low, high);
    }
    return v;
  }

  static float[] numbers(long seed, int n) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] v = new float[n];
    for (int i = 0; i < n; i++) {
      v[i] = (float) random.nextDouble(-2, 2);
    }
    return v;
  }

  static int[] indices(long seed, int n, int bound) {
    SplittableRandom random = new SplittableRandom(seed);
    int[] v = new int[n];
    for (int i = 0; i < n; i++) {
      v[i] = random.nextInt(bound);
    }
    return v;
  }

  /** Returns the address of room for so many words. */
  long words(int n) {
    long address = simulator.allocate(Math.max(4L * n, 4));
    live.add(address);
    return address;
  }

  long in(float[] v) {
    long address = words(v.length);
    simulator.copyIn(address, v);
    return address;
  }

  long in(int[] v) {
    long address = words(v.length);
    simulator.copyIn(address, v);
    return address;
  }

  float[] floats(long address, int n) {
    float[] v = new float[n];
    simulator.copyOut(address, v);
    return v;
  }

  int[] ints(long address, int n) {
    int[] v = new int[n];
    simulator.copyOut(address, v);
    return v;
  }

  /** Frees the memory of a case. */
  void clear() {
    live.forEach(simulator::free);
    live.clear();
  }

  /** Launches a kernel; Long is a u64 argument, Integer an s32 or u32, Float an f32. */
  void launch(String file, String entry, Dim3 grid, Dim3 block, Object... arguments) {
    launchShared(file, entry, grid, block, 0, arguments);
  }

  /** As {@link #launch}, with so many bytes of dynamic shared memory. */
  void launchShared(
      String file, String entry, Dim3 grid, Dim3 block, int shared, Object... arguments) {
    ByteBuffer packed = ByteBuffer.allocate(4096).order(ByteOrder.LITTLE_ENDIAN);
    for (Object argument : arguments) {
      switch (argument) {
        case Long v -> packed.position((packed.position() + 7) & ~7).putLong(v);
        case Integer v -> packed.putInt(v);
        case Float v -> packed.putFloat(v);
        default -> throw new IllegalArgumentException(entry + ": " + argument);
      }
    }
    byte[] bytes = new byte[packed.position()];
    packed.flip().get(bytes);
    simulator.launch(module(file), entry, grid, block, shared, bytes);
  }

  PtxModule module(String file) {
    return modules.computeIfAbsent(file, PtxModule::load);
  }

  @Override
  public void close() {
    simulator.close();
  }
}
