package agent

import (
	"fmt"

	"golang.org/x/sys/windows"
)

// ownFolder is the access list of the state folder, in the security descriptor
// definition language (MS-DTYP 2.5.1): the system, administrators and the owner
// may do everything there, others nothing, and nothing comes from the folder
// above. The folders under ProgramData are open to every user otherwise.
const ownFolder = "D:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;OW)"

// protect takes the folder from other users.
func protect(dir string) error {
	descriptor, err := windows.SecurityDescriptorFromString(ownFolder)
	if err != nil {
		return fmt.Errorf("protect %s: %w", dir, err)
	}
	list, _, err := descriptor.DACL()
	if err == nil {
		err = windows.SetNamedSecurityInfo(dir, windows.SE_FILE_OBJECT, windows.DACL_SECURITY_INFORMATION|windows.PROTECTED_DACL_SECURITY_INFORMATION, nil, nil, list, nil)
	}
	if err != nil {
		return fmt.Errorf("protect %s: %w", dir, err)
	}
	return nil
}

// checkOwner refuses a folder that another user made beforehand: its owner could
// open it again at any time.
func checkOwner(dir string) error {
	if err := ownerOf(dir); err != nil {
		return err
	}
	return protect(dir)
}

// ownerOf refuses a folder of anybody but the system, the administrators and this
// account.
func ownerOf(dir string) error {
	descriptor, err := windows.GetNamedSecurityInfo(dir, windows.SE_FILE_OBJECT, windows.OWNER_SECURITY_INFORMATION)
	if err != nil {
		return fmt.Errorf("read the owner of %s: %w", dir, err)
	}
	owner, _, err := descriptor.Owner()
	if err != nil {
		return fmt.Errorf("read the owner of %s: %w", dir, err)
	}
	me, err := windows.GetCurrentProcessToken().GetTokenUser()
	if err != nil {
		return fmt.Errorf("read the own account: %w", err)
	}
	if owner.Equals(me.User.Sid) || owner.IsWellKnown(windows.WinLocalSystemSid) || owner.IsWellKnown(windows.WinBuiltinAdministratorsSid) {
		return nil
	}
	return fmt.Errorf("%s belongs to the account %s, who could change key and settings there; remove the folder as administrator and try again", dir, owner)
}
