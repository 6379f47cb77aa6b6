/**
 * The specification of every kernel, as plain loops over doubles: the text to read first, and what
 * all other backends are compared with. Results of float32 are computed in double and rounded once.
 */
@NullMarked
package org.adjoint.kernels.reference;

import org.jspecify.annotations.NullMarked;
