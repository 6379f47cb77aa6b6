/** JMH benchmarks of single kernels. */
@NullMarked
package org.adjoint.bench.jmh;

import org.jspecify.annotations.NullMarked;
