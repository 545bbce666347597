package wire

import "testing"

func TestWithoutSecrets(t *testing.T) {
	tests := []struct{ in, want string }{
		{`C:\Example\agent.exe --service`, `C:\Example\agent.exe --service`},
		{`/usr/bin/restic -r sftp:nas:/b backup /home`, `/usr/bin/restic -r sftp:nas:/b backup /home`},
		{`smb://scan:s3cret@192.0.2.8/out`, `smb://scan:***@192.0.2.8/out`},
		{`ipp://192.0.2.8:631/printers/x`, `ipp://192.0.2.8:631/printers/x`},
		{`tool --password=abc -v`, `tool --password=*** -v`},
		{`tool --password abc -v`, `tool --password *** -v`},
		{`tool /PASSWORD:"a b c" x`, `tool /PASSWORD:*** x`},
		{`RESTIC_PASSWORD='a b' restic`, `RESTIC_PASSWORD=*** restic`},
		{`curl https://u:p@example.org/?api_key=77`, `curl https://u:***@example.org/?api_key=***`},
		{`psexec -u admin -p geheim cmd`, `psexec -u admin -p *** cmd`},
		{`net use Z: \\srv\karte P@ss4711 /user:nurse`, `net use Z: \\srv\karte *** /user:nurse`},
		{`cmd /c net use \\srv\karte /user:nurse P@ss4711 /persistent:no & start emr.exe`, `cmd /c net use \\srv\karte /user:nurse *** /persistent:no & start emr.exe`},
		{`net.exe use "\\srv\two words" "a b"`, `net.exe use "\\srv\two words" ***`},
		{`net use Z: \\srv\karte /delete`, `net use Z: \\srv\karte /delete`},
		{`mysqldump -uroot -pP@ss4711 emr`, `mysqldump -uroot -p*** emr`},
		{`/usr/bin/mariadb-dump --all -p'a b'`, `/usr/bin/mariadb-dump --all -p***`},
		{`curl -u nurse:P@ss4711 ftp://x/y`, `curl -u nurse:*** ftp://x/y`},
		{`curl --user=nurse:P@ss4711 x`, `curl --user=nurse:*** x`},
		{`mkdir -p /srv/x`, `mkdir -p /srv/x`},
	}
	for _, tt := range tests {
		if got := WithoutSecrets(tt.in); got != tt.want {
			t.Errorf("WithoutSecrets(%s) = %s, want %s", tt.in, got, tt.want)
		}
	}
}
