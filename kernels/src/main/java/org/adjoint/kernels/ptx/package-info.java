/**
 * PTX without a GPU: a parser of PTX texts and a simulator that runs them, checks every access and
 * can be watched step by step.
 *
 * <p>{@link org.adjoint.kernels.ptx.PtxModule} reads a text, {@link
 * org.adjoint.kernels.ptx.Simulator} is the device. The semantics are those of NVIDIA's "Parallel
 * Thread Execution ISA", version 8.0, for the instructions that the kernels of this project use;
 * any other instruction is refused with its line.
 */
@NullMarked
package org.adjoint.kernels.ptx;

import org.jspecify.annotations.NullMarked;
