# SPDX-License-Identifier: MIT
# Finds mbedTLS 2.28 or 3.6 for emrs: targets of your own build, a CMake package, or a library that came
# without one (Debian 12's, Ubuntu's).
#   EMRS_HAS_MBEDTLS  whether there are MbedTLS::mbedtls, MbedTLS::mbedx509 and MbedTLS::mbedcrypto now, and
#                     their version is not 4 or later
if(NOT TARGET MbedTLS::mbedtls)
  find_package(MbedTLS CONFIG QUIET)
  find_path(EMRS_MBEDTLS_INCLUDE mbedtls/ssl.h)
  foreach(name mbedcrypto mbedx509 mbedtls)
    find_library(EMRS_${name}_LIBRARY ${name})
    if(NOT TARGET MbedTLS::${name} AND EMRS_MBEDTLS_INCLUDE AND EMRS_${name}_LIBRARY)
      add_library(MbedTLS::${name} UNKNOWN IMPORTED)
      set_target_properties(MbedTLS::${name} PROPERTIES IMPORTED_LOCATION ${EMRS_${name}_LIBRARY}
                            INTERFACE_INCLUDE_DIRECTORIES ${EMRS_MBEDTLS_INCLUDE})
    endif()
    if(TARGET MbedTLS::${name})
      # A target of another folder may link emrs: it must see this target too.
      set_target_properties(MbedTLS::${name} PROPERTIES IMPORTED_GLOBAL TRUE)
    endif()
  endforeach()
endif()
set(EMRS_HAS_MBEDTLS OFF)
if(TARGET MbedTLS::mbedtls AND NOT MbedTLS_VERSION VERSION_GREATER_EQUAL 4)
  set(EMRS_HAS_MBEDTLS ON)
endif()
