/** The SIMD backend: the kernels on the Java Vector API, and a thread team. */
@NullMarked
package org.adjoint.cpu;

import org.jspecify.annotations.NullMarked;
