/** The GPU backend: memory, launches of hand-written PTX, and the GPU's own libraries. */
@NullMarked
package org.adjoint.cuda;

import org.jspecify.annotations.NullMarked;
