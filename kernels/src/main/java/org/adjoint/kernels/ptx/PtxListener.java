package org.adjoint.kernels.ptx;

/** Watches a simulated kernel, instruction by instruction, for teaching. All blocks run in turn. */
public interface PtxListener {
  /**
   * Called before an instruction runs.
   *
   * @param step the instruction, the warp and its registers
   */
  default void before(PtxStep step) {}

  /**
   * Called after an instruction has run.
   *
   * @param step the instruction, the warp and its registers
   */
  default void after(PtxStep step) {}

  /**
   * Called for every access of a thread to memory.
   *
   * @param step the instruction
   * @param lane the thread's lane in the warp
   * @param space the state space, such as {@code shared}
   * @param address the address in that space
   * @param bytes the number of bytes
   * @param write whether memory changes
   */
  default void access(
      PtxStep step, int lane, String space, long address, int bytes, boolean write) {}
}
