/**
 * One operation computed on several levels side by side: plain loops, loops that the JIT compiler
 * vectorises, the backend's kernels and hand-written vector code. The only package outside the CPU
 * backend that names the Vector API.
 */
@NullMarked
package org.adjoint.bench.levels;

import org.jspecify.annotations.NullMarked;
