/** Stands in for a package that mppx imports only for a transport that this Worker does not use. */
export {}
