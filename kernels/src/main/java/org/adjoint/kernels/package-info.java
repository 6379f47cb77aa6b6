/**
 * What is to be computed: the contracts of the kernel families, the enums of operations with their
 * expressions, the decorators that check and trace, and the discovery of backends.
 */
@NullMarked
package org.adjoint.kernels;

import org.jspecify.annotations.NullMarked;
