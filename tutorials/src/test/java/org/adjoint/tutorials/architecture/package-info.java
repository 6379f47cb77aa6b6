/** Tests of the house itself: who may see whom, what may be published, how large a file grows. */
@NullMarked
package org.adjoint.tutorials.architecture;

import org.jspecify.annotations.NullMarked;
