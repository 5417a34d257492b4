/** Stands in for a package that mppx imports only for a transport that is not used here. */
export {}
