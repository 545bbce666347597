package evidence

import (
	"context"
	"database/sql"

	"sonae/internal/platform/store"
	"sonae/internal/survey/asset"
)

// systemsRegistered passes when enough systems in use that handle patient data
// stand in the ledger. None is a fact, too: the ledger says so.
var systemsRegistered = Check{Name: "systems_registered", Needs: []string{"survey/asset"}, Args: []string{"min"},
	Run: func(ctx context.Context, q store.Querier, in Input) (Outcome, error) {
		least, err := in.Args.Int("min")
		if err != nil {
			return Outcome{}, err
		}
		kinds := []asset.Kind{asset.KindSystem}
		var systems, patient, devices int64
		s := in.scope(kinds, running, asset.FieldPatientData).
			add(` SELECT count(*), count(*) FILTER (WHERE patient_data = 'yes') FROM scope`)
		if err := one(ctx, q, s, &systems, &patient); err != nil {
			return Outcome{}, err
		}
		s = in.scope(append(kindsOf("all"), asset.KindMedical, asset.KindStorage, asset.KindCloud), running, asset.FieldPatientData).
			add(` SELECT count(*) FROM scope WHERE patient_data = 'yes'`)
		if err := one(ctx, q, s, &devices); err != nil {
			return Outcome{}, err
		}
		out := Outcome{State: failIf(patient < int64(least)),
			Figures: []Figure{count("systems", systems), count("systems_with_patient_data", patient), count("devices_with_patient_data", devices)}}
		out.Sources, err = in.ledgerSources(ctx, q, kinds)
		if err != nil || out.State == Pass {
			return out, err
		}
		// Devices that hold patient data without a system belong to one that nobody registered.
		s = in.scope(append(kindsOf("all"), asset.KindMedical, asset.KindStorage, asset.KindCloud), running, asset.FieldPatientData).
			add(` SELECT id, label FROM scope WHERE patient_data = 'yes' ORDER BY label, id`)
		err = each(ctx, q, s, func(rows *sql.Rows) error {
			it := Item{Reason: "evidence.reason.patient_data_without_system"}
			if err := rows.Scan(&it.AssetID, &it.Label); err != nil {
				return err
			}
			out.failing(it)
			return nil
		})
		return out, err
	}}
