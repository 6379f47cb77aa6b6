package org.adjoint.kernels.ptx;

import java.util.Arrays;
import java.util.Set;

/** The special registers that stand for where a thread is; they are set when a warp starts. */
final class SpecialRegister {
  private static final Set<String> FIXED =
      Set.of(
          "%tid.x",
          "%tid.y",
          "%tid.z",
          "%ntid.x",
          "%ntid.y",
          "%ntid.z",
          "%ctaid.x",
          "%ctaid.y",
          "%ctaid.z",
          "%nctaid.x",
          "%nctaid.y",
          "%nctaid.z",
          "%laneid",
          "%warpid",
          "%nwarpid",
          "%smid",
          "%nsmid",
          "%lanemask_eq",
          "%lanemask_lt",
          "%lanemask_le",
          "%lanemask_gt",
          "%lanemask_ge",
          "%dynamic_smem_size",
          "%total_smem_size");

  private SpecialRegister() {}

  static boolean known(String name) {
    return FIXED.contains(name) || clock(name);
  }

  /** Returns whether the register counts time; the simulator counts instructions of the warp. */
  static boolean clock(String name) {
    return name.equals("%clock") || name.equals("%clock64") || name.equals("%globaltimer");
  }

  /** Sets the lanes of a register. */
  static void fill(String name, Warp w, int[] d) {
    Block block = w.block();
    Launch launch = block.launch();
    Dim3 threads = launch.threads();
    Dim3 grid = launch.grid();
    switch (name) {
      case "%ntid.x" -> Arrays.fill(d, threads.x());
      case "%ntid.y" -> Arrays.fill(d, threads.y());
      case "%ntid.z" -> Arrays.fill(d, threads.z());
      case "%ctaid.x" -> Arrays.fill(d, block.index().x());
      case "%ctaid.y" -> Arrays.fill(d, block.index().y());
      case "%ctaid.z" -> Arrays.fill(d, block.index().z());
      case "%nctaid.x" -> Arrays.fill(d, grid.x());
      case "%nctaid.y" -> Arrays.fill(d, grid.y());
      case "%nctaid.z" -> Arrays.fill(d, grid.z());
      case "%warpid" -> Arrays.fill(d, w.index());
      case "%nwarpid" -> Arrays.fill(d, launch.warps());
      case "%smid" -> Arrays.fill(d, 0);
      case "%nsmid" -> Arrays.fill(d, 1);
      case "%dynamic_smem_size" -> Arrays.fill(d, launch.dynamicShared());
      case "%total_smem_size" -> Arrays.fill(d, launch.sharedBytes());
      default -> {
        for (int i = 0; i < d.length; i++) {
          int thread = w.index() * Instruction.LANES + i;
          d[i] =
              switch (name) {
                case "%tid.x" -> thread % threads.x();
                case "%tid.y" -> thread / threads.x() % threads.y();
                case "%tid.z" -> thread / threads.x() / threads.y();
                case "%lanemask_eq" -> 1 << i;
                case "%lanemask_lt" -> (1 << i) - 1;
                case "%lanemask_le" -> (2 << i) - 1;
                case "%lanemask_gt" -> -(2 << i);
                case "%lanemask_ge" -> -(1 << i);
                default -> i; // %laneid
              };
        }
      }
    }
  }
}
